"""Saying what is wrong with a clause and where: line, column, the slice around it, and what to do instead."""

from __future__ import annotations

from kgsync.errors import MalformedInput, TooLarge
from kgsync.filters.tree import Place

# What is shown of the text: enough to recognise the spot, short enough for one line.
_BEFORE, _AFTER = 20, 40


class Refused(Exception):
    """What a clause must not have, before the text around it is added."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(reason)
        self.place, self.reason = place, reason


def place_at(text: str, start: int, stop: int | None = None) -> Place:
    """Find line and column of a stretch of the text; without `stop`, of one character."""
    line_start = text.rfind("\n", 0, start) + 1
    stop = min(start + 1 if stop is None else stop, len(text))
    return Place(text.count("\n", 0, start) + 1, start - line_start + 1, start, stop)


def describe(text: str, place: Place) -> str:
    """Write `line L, column C: <slice>`; what cannot be printed is shown as an escape."""
    start, stop = max(0, place.start - _BEFORE), min(len(text), place.start + _AFTER)
    shown = "".join(c if c.isprintable() else " " if c.isspace() else f"\\u{ord(c):04x}" for c in text[start:stop])
    shown = ("…" if start else "") + shown.strip() + ("…" if stop < len(text) else "")
    return f"line {place.line}, column {place.column}: {shown or 'the end'}"


def refusal(text: str, place: Place, reason: str) -> MalformedInput:
    """Make the error for a stretch of a clause."""
    return MalformedInput(reason, place=describe(text, place))


def past_limit(text: str, place: Place, reason: str) -> TooLarge:
    """Make the error for a clause past one of the limits."""
    return TooLarge(reason, place=describe(text, place))
