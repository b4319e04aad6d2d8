"""Three-valued logic: false < unknown < true, AND is the least, OR the greatest."""

from __future__ import annotations

import itertools

import pytest

from tests.filters.meaning import value

RANK = {False: 0, None: 1, True: 2}
VERDICTS = {rank: verdict for verdict, rank in RANK.items()}
TEXT = {False: "false", None: "null", True: "true"}
PAIRS = list(itertools.product(RANK, RANK))


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_and_is_the_least_of_both(left: bool | None, right: bool | None) -> None:
    assert value(f"{TEXT[left]} AND {TEXT[right]}") is VERDICTS[min(RANK[left], RANK[right])]


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_or_is_the_greatest_of_both(left: bool | None, right: bool | None) -> None:
    assert value(f"{TEXT[left]} OR {TEXT[right]}") is VERDICTS[max(RANK[left], RANK[right])]


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_xor_is_unknown_with_an_unknown(left: bool | None, right: bool | None) -> None:
    expected = None if left is None or right is None else left is not right
    assert value(f"{TEXT[left]} XOR {TEXT[right]}") is expected


@pytest.mark.parametrize("operand", RANK)
def test_not_turns_true_and_false_around(operand: bool | None) -> None:
    assert value(f"NOT {TEXT[operand]}") is VERDICTS[2 - RANK[operand]]


@pytest.mark.parametrize("other", ["1", "'true'", "0.0", "[]", "{}", "date('2020-01-01')"])
def test_anything_but_a_boolean_counts_as_unknown(other: str) -> None:
    assert value(f"NOT {other}") is None
    assert value(f"{other} AND true") is None
    assert value(f"{other} AND false") is False
    assert value(f"{other} OR true") is True
    assert value(f"false OR {other}") is None
    assert value(f"{other} XOR true") is None


@pytest.mark.parametrize(("text", "expected"), [("null", True), ("1", False), ("''", False), ("1/0", True)])
def test_is_null_is_never_unknown(text: str, expected: bool) -> None:
    assert value(f"{text} IS NULL") is expected
    assert value(f"{text} IS NOT NULL") is not expected


CHAINED = [
    ("1 < 2 < 3", True),
    ("1 < 3 < 2", False),
    ("1 < null < 2", None),
    ("3 < 2 < null", False),
    ("1 < 2 = 2 <> 3 >= 3", True),
]


@pytest.mark.parametrize(("text", "expected"), CHAINED)
def test_a_chained_comparison_is_the_and_of_its_links(text: str, expected: bool | None) -> None:
    assert value(text) is expected
