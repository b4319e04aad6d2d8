"""What archives leave with a client, however many there are and whatever is in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgsync.client.holdings import held
from kgsync.errors import MalformedInput
from kgsync.model.digest import Digest
from kgsync.model.edits import Op
from kgsync.model.schema import FieldType
from tests.archives import Given, save_rows, whole
from tests.graphs import KNOWS, PERSON, named_type, uid

PEOPLE, LINKS = whole(PERSON), whole(KNOWS)


def test_the_first_archive_must_be_a_snapshot(tmp_path: Path) -> None:
    delta = save_rows(tmp_path / "delta.zip", [(Op.UPDATE, PEOPLE, {1: {"name": "a"}})])
    with pytest.raises(MalformedInput, match=r"delta\.zip.*snapshot"), held([delta]):
        pass
    with pytest.raises(MalformedInput), held([]):
        pass


def test_archives_come_in_the_order_they_were_served(tmp_path: Path) -> None:
    late = save_rows(tmp_path / "late.zip", [(Op.ADD, PEOPLE, {1: {}})], at=2_000)
    early = save_rows(tmp_path / "early.zip", [(Op.UPDATE, PEOPLE, {1: {}})], at=1_000)
    with pytest.raises(MalformedInput, match=r"early\.zip.*order"), held([late, early]):
        pass


def test_deletes_come_before_adds_wherever_they_stand(tmp_path: Path) -> None:
    first = save_rows(tmp_path / "0.zip", [(Op.ADD, PEOPLE, {1: {"name": "a"}, 2: {}})])
    edits: list[Given] = [(Op.ADD, PEOPLE, {1: {"name": "b"}}), (Op.DELETE, PEOPLE, {1: None, 2: None})]
    with held([first, save_rows(tmp_path / "1.zip", edits, at=2_000)]) as holdings:
        assert holdings.counts() == {"Person": 1}


def test_applying_an_archive_twice_changes_nothing(tmp_path: Path) -> None:
    snapshot = save_rows(tmp_path / "0.zip", [(Op.ADD, PEOPLE, {1: {}, 2: {}}), (Op.ADD, LINKS, {3: {}})])
    edits: list[Given] = [(Op.UPDATE, PEOPLE, {1: {"name": "b"}}), (Op.DELETE, LINKS, {3: None})]
    delta = save_rows(tmp_path / "1.zip", edits, at=2_000)
    with held([snapshot, delta]) as once, held([snapshot, delta, delta]) as twice:
        assert once.digest() == twice.digest() != Digest()
        assert once.counts() == {"Person": 2}


def test_an_archive_of_nothing_adds_up_to_nothing(tmp_path: Path) -> None:
    with held([save_rows(tmp_path / "0.zip", [])]) as holdings:
        assert (holdings.digest(), holdings.counts(), holdings.compare([], 5)) == (Digest(), {}, [])


def test_a_value_that_does_not_fit_its_type_is_told_with_its_row(tmp_path: Path) -> None:
    # The archive's model says text, its row holds a number, and a later model makes it be written anew.
    liar = named_type("Person", PERSON.category, {"name": FieldType.INTEGER})
    first = save_rows(tmp_path / "0.zip", [(Op.ADD, whole(liar), {1: {"name": 2**40}})])
    wide = named_type("Person", PERSON.category, {"name": FieldType.INTEGER, "more": FieldType.STRING})
    later = save_rows(tmp_path / "1.zip", [(Op.UPDATE, whole(wide), {2: {}})], at=2_000)
    with pytest.raises(MalformedInput, match=str(uid(1))), held([first, later]):
        pass


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with held([save_rows(tmp_path / "0.zip", [(Op.ADD, PEOPLE, {1: {}})])]) as holdings:
        assert holdings.digest().members == 1
        assert list((tmp_path / "temporary").iterdir()) != []
    assert list((tmp_path / "temporary").iterdir()) == []
