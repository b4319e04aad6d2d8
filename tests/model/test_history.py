"""Moments as text and in order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgsync.errors import MalformedInput
from kgsync.model.history import ORIGIN, Moment, Span

PURE = settings.get_profile("pure")
LAST = 253402300799999


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0", 0),
        (" 1700000000123 ", 1700000000123),
        ("-5", -5),
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01", 0),
        ("1970-01-01T00:00:00", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("2023-11-14T22:13:20.123Z", 1700000000123),
        ("1969-12-31T23:59:59.999Z", -1),
        ("0001-01-01T00:00+23:59", -62135683140000),
    ],
)
def test_a_moment_reads_ms_or_a_date(text: str, ms: int) -> None:
    assert Moment.parse(text) == Moment(ms)


@pytest.mark.parametrize("text", ["", " ", "now", "1.5", "1e3", "2024-02-30", "²", "٣", "0x10", "12:00"])
def test_other_text_is_malformed(text: str) -> None:
    with pytest.raises(MalformedInput):
        Moment.parse(text)


@PURE
@given(st.integers(-(2**63), 2**63 - 1).map(Moment))
def test_every_moment_reads_back_from_its_text(moment: Moment) -> None:
    assert Moment.parse(str(moment)) == moment


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "1970-01-01T00:00:00.000Z"), (LAST, "9999-12-31T23:59:59.999Z"), (LAST + 1, str(LAST + 1)), (-1, "-1")],
)
def test_a_moment_outside_the_calendar_is_written_as_ms(ms: int, text: str) -> None:
    assert str(Moment(ms)) == text


@PURE
@given(st.integers(), st.integers())
def test_moments_order_as_their_ms(left: int, right: int) -> None:
    assert (Moment(left) < Moment(right)) == (left < right)


def test_origin_comes_before_every_commit() -> None:
    assert Moment(1) > ORIGIN


def test_spans_of_equal_ends_are_equal() -> None:
    assert Span(Moment(1), Moment(2)) == Span(Moment(1), Moment(2)) != Span(Moment(2), Moment(2))
