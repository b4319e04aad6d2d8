"""Equality, order and IN over every pair of kinds."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgsync.filters import comparison
from kgsync.filters.comparison import Members, among
from kgsync.filters.kinds import Element, Exhausted, Work, kind
from kgsync.model.geometry import Geometry, GeometryKind
from kgsync.model.values import DateOnly, DateTime, Duration, TimeOnly, TimestampOffset
from tests.filters.meaning import SOME_ID, element, value

OTHER_ID = UUID(int=7)
POINT = Geometry(GeometryKind.POINT, False, False, ((1.0, 2.0),))

# (left, right, left = right, sign of left < right or None)
TABLE: list[tuple[Any, Any, bool | None, int | None]] = [
    # numbers compare by their exact value
    (1, 1.0, True, 0),
    (2**53 + 1, float(2**53), False, 1),
    (0.0, -0.0, True, 0),
    (-3, 2.5, False, -1),
    # booleans are no numbers
    (True, 1, False, None),
    (False, True, False, -1),
    # text by code point: capitals first, an astral character after the private use area
    ("Z", "a", False, -1),
    ("é", "z", False, 1),
    ("\ue000", "\U0001f600", False, -1),
    ("", "a", False, -1),
    ("1", 1, False, None),
    # ids are equal to text in any case and brace style, and have no order with it
    (SOME_ID, str(SOME_ID), True, None),
    ("{" + str(SOME_ID).upper() + "}", SOME_ID, True, None),
    (SOME_ID, SOME_ID.hex, True, None),
    (SOME_ID, "{" + str(SOME_ID), False, None),
    (SOME_ID, "nonsense", False, None),
    (SOME_ID, SOME_ID, True, 0),
    (OTHER_ID, SOME_ID, False, -1),
    # instants compare within their kind
    (DateTime(5), DateTime(5), True, 0),
    (DateTime(5), DateTime(6), False, -1),
    (DateOnly(1), DateTime(86_400_000), False, None),
    (DateTime(5), TimestampOffset(5), False, None),
    (TimeOnly(7), TimeOnly(6), False, 1),
    (TimestampOffset(3_600_000, 3600), TimestampOffset(0, None), True, 0),
    (TimestampOffset(0, 3600), TimestampOffset(0, 0), False, -1),
    (DateOnly(0), "1970-01-01", False, None),
    # durations are equal by components and have no order; a second is a thousand milliseconds
    (Duration(seconds=1), Duration(ms=1000), True, None),
    (Duration(months=12), Duration(months=12), True, None),
    (Duration(days=1), Duration(seconds=86_400), False, None),
    # lists elementwise
    ((), (), True, 0),
    ((1, 2), (1, 2.0), True, 0),
    ((1, 2), (1, 3), False, -1),
    ((1,), (1, None), False, -1),
    ((1, None), (1, 2), None, None),
    ((1, None), (2, None), False, -1),
    ((None, 1), (None, 2), False, None),
    ((1, "a"), (1, 2), False, None),
    ((1,), 1, False, None),
    # maps by their names
    ({}, {}, True, None),
    ({"a": 1}, {"a": 1.0}, True, None),
    ({"a": 1}, {"b": 1}, False, None),
    ({"a": None}, {"a": 1}, None, None),
    ({"a": None, "b": 1}, {"b": 2, "a": 1}, False, None),
    # geometries by structure, blobs by bytes, elements by id
    (POINT, Geometry(GeometryKind.POINT, False, False, ((1.0, 2.0),)), True, None),
    (POINT, Geometry(GeometryKind.MULTIPOINT, False, False, ((1.0, 2.0),)), False, None),
    (b"a", b"a", True, None),
    (b"a", b"b", False, None),
    (element({"a": 1}), element({"a": 2}), True, None),
    (element(identity=OTHER_ID), element(), False, None),
    (element(), SOME_ID, False, None),
]


@pytest.mark.parametrize(("left", "right", "same", "order"), TABLE)
def test_equality_and_order_of(left: Any, right: Any, same: bool | None, order: int | None) -> None:
    work = Work()
    assert comparison.equal(work, left, right) is same
    assert comparison.equal(work, right, left) is same
    assert comparison.order(work, left, right) == order
    assert comparison.order(work, right, left) == (None if order is None else -order)


@pytest.mark.parametrize("left", [row[0] for row in TABLE])
def test_comparing_with_null_is_unknown(left: Any) -> None:
    for operator in (comparison.equal, comparison.unequal, comparison.less, comparison.greater_or_equal):
        assert operator(Work(), left, None) is None
        assert operator(Work(), None, left) is None


def test_values_of_two_kinds_are_unequal_and_without_order() -> None:
    each = {kind(value): value for row in TABLE for value in row[:2]}
    for one, other in itertools.combinations(each.values(), 2):
        if {kind(one), kind(other)} in ({"integer", "float"}, {"string", "uuid"}):
            continue
        assert comparison.equal(Work(), one, other) is False
        assert comparison.order(Work(), one, other) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 IN [1, null]", True),
        ("2 IN [1, null]", None),
        ("2 IN [1, 3]", False),
        ("null IN [1]", None),
        ("null IN []", False),
        ("null IN [null]", None),
        ("1 IN []", False),
        ("1 IN null", None),
        ("1 IN 1", None),
        ("1 IN 'abc'", None),
        ("1 IN ['1']", False),
        ("1.0 IN [1]", True),
        ("true IN [1]", False),
        ("[1] IN [[1.0]]", True),
        ("[1] IN [1]", False),
        ("[null] IN [[1], [2]]", None),
        ("{a: 1} IN [{a: 1}]", True),
        ("'b' IN ['a', 'b']", True),
    ],
)
def test_in_is_true_before_unknown_before_false(text: str, expected: bool | None) -> None:
    assert value(text) is expected


@pytest.mark.parametrize(
    ("ids", "expected"),
    [([str(SOME_ID)], True), ([f"{{{str(SOME_ID).upper()}}}"], True), ([SOME_ID], True), (["x"], False)],
)
def test_ids_are_found_among_texts_and_ids(ids: list[object], expected: bool) -> None:
    assert value("id(n) IN $ids", ids=ids) is expected
    assert value("$text IN $ids", text=str(SOME_ID), ids=[SOME_ID]) is True


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.0, -0.0, 1.0, 0.5]),
    st.sampled_from(["", "a", "b", str(SOME_ID), SOME_ID.hex.upper()]),
    st.sampled_from([SOME_ID, OTHER_ID]),
    st.sampled_from([b"", b"a", DateTime(1), DateOnly(1), TimeOnly(1), TimestampOffset(1), POINT]),
    st.sampled_from([TimestampOffset(3_600_001, 3600), Duration(seconds=1), Duration(ms=1000)]),
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=2).map(tuple), max_leaves=4)


@given(values, st.lists(values, max_size=6).map(tuple))
def test_a_list_made_ready_answers_as_the_list_itself(item: object, items: tuple[object, ...]) -> None:
    assert Members(items).verdict(Work(), item) is among(Work(), item, items)


@given(values, values)
def test_order_turned_around_is_the_opposite(left: object, right: object) -> None:
    found = comparison.order(Work(), left, right)
    assert comparison.order(Work(), right, left) == (None if found is None else -found)
    if found is not None:
        assert (comparison.equal(Work(), left, right) is True) is (found == 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'abc' STARTS WITH 'ab'", True),
        ("'abc' STARTS WITH ''", True),
        ("'abc' ENDS WITH 'bc'", True),
        ("'abc' CONTAINS 'd'", False),
        ("'ABC' CONTAINS 'b'", False),
        ("'abc' CONTAINS null", None),
        ("null STARTS WITH 'a'", None),
        ("12 STARTS WITH 1", None),
        ("['a'] CONTAINS 'a'", None),
        ("'a%b' CONTAINS '%'", True),
        ("'ab' CONTAINS '_'", False),
    ],
)
def test_text_predicates_know_texts_only(text: str, expected: bool | None) -> None:
    assert value(text) is expected


def test_comparing_doubly_nested_lists_costs_steps() -> None:
    one: object = (1,)
    for _ in range(60):
        one = (one, one)
    with pytest.raises(Exhausted):
        comparison.equal(Work(), one, one)
    assert value("$a = $a", a=1) is True


def test_an_element_is_not_a_list() -> None:
    assert isinstance(element(), Element)
    assert value("size(n)") is None
    assert value("n[0]") is None
    assert value("[x IN $e | x]", e=element()) is None
