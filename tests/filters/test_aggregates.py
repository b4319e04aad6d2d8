"""What aggregates mean, and the order and sameness of values behind DISTINCT and ORDER BY."""

from __future__ import annotations

from itertools import permutations
from random import Random
from uuid import UUID

import pytest

from kgsync.filters.aggregates import start
from kgsync.filters.kinds import Element
from kgsync.filters.ordering import Descending, order_key, same_key
from kgsync.model.values import DateOnly, Duration, TimestampOffset


def result(name: str, *values: object, distinct: bool = False) -> object:
    """Aggregate values as a query does: nulls never arrive."""
    state = start(name, distinct)
    for value in values:
        if value is not None:
            state.add(value)
    return state.result()


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("count", (1, None, "a"), 2),
        ("count", (), 0),
        ("sum", (1, 2, None), 3),
        ("sum", (), 0),
        ("sum", (1, 0.5), 1.5),
        ("sum", (2**63 - 1, 1), None),
        ("sum", (2**63 - 1, 1, -1), 2**63 - 1),
        ("sum", (0.1,) * 10, 1.0),
        ("sum", (1e308, 1e308, -1e308), 1e308),
        ("sum", (1e308, 1e308), None),
        ("sum", (1, "a"), None),
        ("sum", (Duration(days=1), Duration(months=2)), Duration(months=2, days=1)),
        ("sum", (1, Duration(days=1)), None),
        ("avg", (), None),
        ("avg", (1, 2), 1.5),
        ("avg", (1, None, 3), 2.0),
        ("avg", (2**62, 2**62), float(2**62)),
        ("avg", (Duration(days=1), Duration(days=3)), Duration(days=2)),
        ("min", (), None),
        ("min", (3, 1.5, 2), 1.5),
        ("max", ("b", "a", None), "b"),
        ("min", ("a", 1, (1,)), (1,)),
        ("max", ("a", 1, (1,), True), 1),
        ("collect", (3, None, 1, 3), (3, 1, 3)),
        ("collect", (), ()),
    ],
)
def test_aggregates_pass_over_nulls_and_faults_are_null(
    name: str, values: tuple[object, ...], expected: object
) -> None:
    found = result(name, *values)
    assert (type(found), found) == (type(expected), expected)


def test_sums_do_not_depend_on_the_order_of_rows() -> None:
    values = (0.1, 1e16, -1e16, 3, 1e-20, 0.2)
    assert len({result("sum", *order) for order in permutations(values)}) == 1
    assert len({result("avg", *order) for order in permutations(values)}) == 1


def test_distinct_counts_what_is_the_same_once() -> None:
    noon, same_noon = TimestampOffset(43_200_000, 0), TimestampOffset(46_800_000, 3600)
    assert result("count", 1, 1.0, True, "1", noon, same_noon, (1, None), (1.0, None), distinct=True) == 5
    assert result("collect", "a", "b", "a", distinct=True) == ("a", "b")
    assert result("sum", 2, 2, 3, distinct=True) == 5


def test_the_order_of_kinds_is_fixed_and_null_comes_last() -> None:
    element = Element(UUID(int=1), "T", {})
    ordered = [
        {"a": 1},
        element,
        (1, 2),
        b"x",
        UUID(int=1),
        DateOnly(1),
        Duration(days=1),
        "a",
        "b",
        False,
        True,
        -1,
        2.5,
        None,
    ]
    assert sorted(Random(1).sample(ordered, len(ordered)), key=order_key) == ordered
    assert sorted(ordered, key=lambda v: Descending(order_key(v))) == ordered[::-1]


def test_lists_sort_by_their_elements_then_by_length() -> None:
    ordered = [(), ("a",), ("a", 1), (1,), (1, 2), (1, None), (None,)]
    assert sorted(Random(1).sample(ordered, len(ordered)), key=order_key) == ordered


def test_the_same_values_have_the_same_key_and_true_is_no_one() -> None:
    assert same_key(1) == same_key(1.0)
    assert same_key(True) != same_key(1)
    assert same_key(None) == same_key(None)
    assert same_key({"a": 1, "b": None}) == same_key({"b": None, "a": 1.0})
    assert hash(same_key({"a": (1, {"b": 2})})) == hash(same_key({"a": (1, {"b": 2})}))
