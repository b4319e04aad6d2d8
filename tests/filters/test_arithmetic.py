"""Arithmetic: 64-bit integers, finite floats, null for what would leave them."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgsync.filters import arithmetic
from kgsync.filters.kinds import MAX_INTEGER, MAX_LIST, MAX_TEXT, MIN_INTEGER, Work
from tests.filters.meaning import value

RULINGS = [
    ("7 / 2", 3),
    ("-7 / 2", -3),
    ("7 / -2", -3),
    ("-7 / -2", 3),
    ("7 % 3", 1),
    ("-7 % 3", -1),
    ("7 % -3", 1),
    ("-7.5 % 2", -1.5),
    ("7 / 2.0", 3.5),
    ("1 / 0", None),
    ("1.0 / 0", None),
    ("0.0 / 0.0", None),
    ("1 % 0", None),
    ("1.5 % 0.0", None),
    ("2 ^ 3", 8.0),
    ("2 ^ -1", 0.5),
    ("0 ^ -1", None),
    ("(-8) ^ (1.0 / 3)", None),
    ("10 ^ 400", None),
    ("9223372036854775807 + 1", None),
    ("-9223372036854775808 - 1", None),
    ("-9223372036854775808", MIN_INTEGER),
    ("-(-9223372036854775808)", None),
    ("-9223372036854775808 / -1", None),
    ("4294967296 * 4294967296", None),
    ("1e308 * 10", None),
    ("1e308 + 1e308", None),
    ("9223372036854775807 + 1.0", 9223372036854775808.0),
    ("1 + 2 * 3 ^ 2", 19.0),
    ("10 - 2 - 3", 5),
    ("-'a'", None),
    ("+'a'", None),
    ("-true", None),
    ("- 1.5", -1.5),
    ("+ 7", 7),
    ("1 + true", None),
    ("true + true", None),
    ("1 + null", None),
    ("null * 2", None),
    ("'a' * 2", None),
    ("[1] - [1]", None),
]


@pytest.mark.parametrize(("text", "expected"), RULINGS)
def test_arithmetic_of(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


CONCATENATIONS = [
    ("'a' + 'b'", "ab"),
    ("'a' + 1", "a1"),
    ("1 + 'a'", "1a"),
    ("'a' + 1.5", "a1.5"),
    ("'a' + 2.0", "a2.0"),
    ("'a' + true", None),
    ("'a' + null", None),
    ("'a' + date('2020-01-01')", None),
    ("[1] + [2, 3]", (1, 2, 3)),
    ("[1] + 2", (1, 2)),
    ("1 + [2]", (1, 2)),
    ("'a' + ['b']", ("a", "b")),
    ("[1] + null", None),
    ("[[1]] + [2]", ((1,), 2)),
]


@pytest.mark.parametrize(("text", "expected"), CONCATENATIONS)
def test_plus_joins_texts_and_lists(text: str, expected: object) -> None:
    assert value(text) == expected


def test_what_is_made_stays_within_limits() -> None:
    long, many = "x" * MAX_TEXT, tuple(range(MAX_LIST))
    assert value("$a + ''", a=long) == long
    assert value("$a + 'x'", a=long) is None
    assert value("$a + []", a=many) == many
    assert value("$a + 1", a=many) is None


integers = st.integers(MIN_INTEGER, MAX_INTEGER) | st.integers(-10, 10)
numbers = integers | st.floats(allow_nan=False, allow_infinity=False)


@given(integers, integers)
def test_integers_divide_toward_zero_and_leave_the_dividends_sign(left: int, right: int) -> None:
    quotient, rest = arithmetic.divide(Work(), left, right), arithmetic.remainder(Work(), left, right)
    if right == 0:
        assert quotient is None
        assert rest is None
        return
    exact = int(Fraction(left, right))
    assert quotient == (exact if exact <= MAX_INTEGER else None)
    assert rest == left - exact * right


@given(numbers, numbers)
def test_results_are_integers_in_range_or_finite_floats_or_null(left: float, right: float) -> None:
    for operator in (
        arithmetic.add,
        arithmetic.subtract,
        arithmetic.multiply,
        arithmetic.divide,
        arithmetic.remainder,
        arithmetic.power,
    ):
        found = operator(Work(), left, right)
        assert found is None or (
            MIN_INTEGER <= found <= MAX_INTEGER if isinstance(found, int) else math.isfinite(found)  # type: ignore[arg-type]
        )
        if found is not None and operator is not arithmetic.power:
            assert type(found) is (int if type(left) is int and type(right) is int else float)
