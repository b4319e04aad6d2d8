"""Outcomes gather results in request order; capabilities; warnings are capped and counted."""

from __future__ import annotations

import pytest

from kgsync.errors import Code
from kgsync.model.edits import FRAME_ORDER, MAX_WARNINGS, Capabilities, EditError, Op, Outcome
from kgsync.model.history import Moment
from kgsync.model.jobs import JobState
from kgsync.model.replica import Direction, Warnings
from kgsync.model.schema import Category


def _outcome() -> Outcome:
    return Outcome(user="u", moment=Moment(1))


def test_results_of_one_operation_and_type_are_one_list() -> None:
    outcome = _outcome()

    first = outcome.at(Op.ADD, Category.ENTITY, "A")

    assert outcome.at(Op.ADD, Category.ENTITY, "A") is first
    assert outcome.at(Op.ADD, Category.RELATIONSHIP, "A") is not first
    assert outcome.at(Op.DELETE, Category.ENTITY, "A") is not first
    assert len(outcome.results) == 3


def test_an_outcome_fails_by_its_own_error_or_any_edits() -> None:
    clean, whole, one = _outcome(), _outcome(), _outcome()
    whole.error = EditError(Code.INTERNAL, "no")
    clean.at(Op.ADD, Category.ENTITY, "A").ids.append(None)

    one.at(Op.ADD, Category.ENTITY, "A").errors[0] = EditError(Code.EDIT_VALUE, "no")

    assert (clean.failed, whole.failed, one.failed) == (False, True, True)


def test_conflicts_past_the_limit_are_only_counted() -> None:
    outcome = _outcome()

    for number in range(MAX_WARNINGS + 5):
        outcome.note_conflict(str(number))

    assert (len(outcome.conflicts), outcome.conflict_count) == (MAX_WARNINGS, MAX_WARNINGS + 5)


def test_warnings_past_the_limit_become_one_line_with_a_count() -> None:
    warnings = Warnings(limit=2)

    for text in "abcde":
        warnings.add(text)

    assert warnings.all() == ("a", "b", "... and 3 more warnings")


def test_warnings_within_the_limit_stand_as_they_came() -> None:
    warnings = Warnings(limit=2, texts=["a"], count=1)

    warnings.add("b")

    assert warnings.all() == ("a", "b")


@pytest.mark.parametrize("op", Op)
def test_capabilities_allow_the_operation_they_name(op: Op) -> None:
    none = Capabilities(create=False, update=False, delete=False)
    one = Capabilities(create=op is Op.ADD, update=op is Op.UPDATE, delete=op is Op.DELETE)

    assert Capabilities().allows(op)
    assert not none.allows(op)
    assert [o for o in Op if one.allows(o)] == [op]


def test_a_frame_applies_every_kind_of_batch_once_ends_before_links_and_links_leave_first() -> None:
    add, delete = (Op.ADD, Category.ENTITY), (Op.DELETE, Category.ENTITY)

    assert len(set(FRAME_ORDER)) == len(FRAME_ORDER) == 6
    assert (FRAME_ORDER[0], FRAME_ORDER[-1]) == (add, delete)


@pytest.mark.parametrize(
    ("direction", "up", "down"),
    [(Direction.BIDIRECTIONAL, True, True), (Direction.UPLOAD, True, False), (Direction.DOWNLOAD, False, True)],
)
def test_directions_say_which_halves_they_take(direction: Direction, up: bool, down: bool) -> None:
    assert (direction.uploads, direction.downloads) == (up, down)


def test_jobs_end_cancelled_failed_or_completed() -> None:
    assert {s for s in JobState if s.ended} == {JobState.CANCELLED, JobState.FAILED, JobState.COMPLETED}
