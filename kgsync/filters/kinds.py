"""What expressions are evaluated on: kinds of values, the element under test, and the work allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias, TypeGuard
from uuid import UUID

from kgsync.model.geometry import WGS84, Geometry, SpatialReference
from kgsync.model.values import DateOnly, DateTime, Duration, Invalid, TimeOnly, TimestampOffset, Value

MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**63 - 1
# One evaluation may take this many steps, a few tenths of a second: two nested loops over hundreds of elements fit.
# Past it evaluate.py raises TooLarge.
MAX_STEPS: Final = 1_000_000
# Characters of one text that a clause makes. Stored text is read whatever its length.
MAX_TEXT: Final = 1 << 20
# Elements of one list that a clause makes. Stored lists and parameters are read whatever their length.
MAX_LIST: Final = 10_000
# A step reads this many characters or bytes, and makes this many.
_READ_PER_STEP, _MADE_PER_STEP = 1024, 16


class Element(NamedTuple):
    """The object under test, or an end of it; a name missing from `values` is null."""

    id: UUID
    label: str
    values: Mapping[str, Value]
    start: Element | None = None
    end: Element | None = None


KINDS: Final[Mapping[type, str]] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "string",
    UUID: "uuid",
    DateTime: "localdatetime",
    DateOnly: "date",
    TimeOnly: "localtime",
    TimestampOffset: "datetime",
    Duration: "duration",
    Geometry: "geometry",
    bytes: "blob",
    tuple: "list",
    dict: "map",
    Element: "element",
}


def kind(value: object) -> str:
    """Name the kind of a value; "unknown" when an expression cannot hold it."""
    return KINDS.get(type(value), "unknown")


def is_number(value: object) -> TypeGuard[int | float]:
    """Say whether a value is an integer or a float; booleans are neither."""
    return type(value) is int or type(value) is float


def plain(value: object) -> object:
    """Bring a parameter into the kinds above: sequences as tuples, maps as dicts, anything else null."""
    if isinstance(value, (list, tuple)) and not isinstance(value, Element):
        return tuple(plain(item) for item in value)
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, Invalid) or type(value) not in KINDS:
        return None
    if type(value) is int and not MIN_INTEGER <= value <= MAX_INTEGER:
        return None
    if type(value) is float and not math.isfinite(value):
        return None
    return value


class Exhausted(Exception):
    """An evaluation used up its steps; never leaves evaluate.py."""


UNSET: Final = SpatialReference()


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Where a clause's geometries lie: `model` is the data model's spatial reference, `text` that of WKT.

    An unset `text` means the data model's.
    """

    model: SpatialReference = WGS84
    text: SpatialReference = UNSET


class Work:
    """One evaluation: the steps left, the variables by slot, and what the clause knows beforehand.

    `shapes` holds what spatial.py prepared for constant geometries, by identity. `over` says which limit of
    what a clause may make was passed last.
    """

    __slots__ = ("left", "over", "shapes", "space", "variables")

    def __init__(
        self,
        steps: int = MAX_STEPS,
        space: Space = Space(),
        variables: list[object] | None = None,
        shapes: dict[int, tuple[Geometry, Any]] | None = None,
    ) -> None:
        self.left = steps
        self.over = ""
        self.space = space
        self.variables = [] if variables is None else variables
        self.shapes = {} if shapes is None else shapes

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise Exhausted

    def read(self, length: int) -> None:
        """Account for reading `length` characters or bytes once."""
        if length >= _READ_PER_STEP:
            self.spend(length // _READ_PER_STEP)

    def make(self, length: int) -> bool:
        """Account for making a text of `length` characters; say whether it may be made."""
        if length > MAX_TEXT:
            self.over = f"a clause makes texts of at most {MAX_TEXT:,} characters"
            return False
        if length >= _MADE_PER_STEP:
            self.spend(length // _MADE_PER_STEP)
        return True

    def made(self, text: str) -> str | None:
        """Account for a text that is no longer than a few times what it was made of; null when too long."""
        return text if self.make(len(text)) else None

    def joined(self, texts: list[str]) -> str | None:
        return "".join(texts) if self.make(sum(map(len, texts))) else None

    def fits(self, length: int) -> bool:
        """Say whether a list of so many elements may be made."""
        if length > MAX_LIST:
            self.over = f"a clause makes lists of at most {MAX_LIST:,} elements"
            return False
        return True

    def listed(self, items: tuple[object, ...]) -> tuple[object, ...]:
        """Account for a list just made."""
        self.spend(len(items))
        return items


Meaning: TypeAlias = Callable[..., object]
