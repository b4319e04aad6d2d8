"""Evaluate texts: what the tests of meaning share."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from kgsync.filters.cypher import parse
from kgsync.filters.evaluate import Element, compiled_expr
from kgsync.filters.kinds import Space
from kgsync.model.geometry import WGS84, SpatialReference
from kgsync.model.values import Value

SOME_ID = UUID("12345678-9abc-def0-1234-56789abcdef0")


def element(
    values: Mapping[str, Value] | None = None,
    label: str = "Site",
    start: Element | None = None,
    end: Element | None = None,
    identity: UUID = SOME_ID,
) -> Element:
    return Element(identity, label, values or {}, start, end)


def value(
    text: str,
    n: Element | None = None,
    /,
    model: SpatialReference = WGS84,
    in_sr: SpatialReference | None = None,
    **parameters: object,
) -> object:
    """Evaluate an expression about n with parameters."""
    space = Space(model=model) if in_sr is None else Space(model=model, text=in_sr)
    run = compiled_expr(parse(text), parameters, space=space)
    return run({"n": n if n is not None else element()})
