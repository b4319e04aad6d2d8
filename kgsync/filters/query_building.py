"""From reduced rules of the query grammar to the tree of a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lark import Token

from kgsync.filters.building import Builder, Entry, Name, refuse_reserved, token_place
from kgsync.filters.literals import Misspelt, read_name
from kgsync.filters.query_beyond import WORDS
from kgsync.filters.query_tree import Direction, Element, Item, Query, Sort
from kgsync.filters.refusals import Refused
from kgsync.filters.tree import Expr, Place

# Parts of a rule: tokens, expressions, and what the rules below made.
Parts = list[Any]


@dataclass(frozen=True, slots=True)
class _Binding:
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class _Labels:
    labels: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Properties:
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Link:
    element: Element
    direction: Direction


@dataclass(frozen=True, slots=True)
class _Where:
    expr: Expr


@dataclass(frozen=True, slots=True)
class _Returned:
    distinct: bool
    everything: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Count:
    word: str
    expr: Expr


def _first(parts: Parts, kind: type) -> Any:
    return next((part for part in parts if isinstance(part, kind)), None)


def _has(parts: Parts, token: str) -> bool:
    return any(isinstance(part, Token) and part.type == token for part in parts)


def refuse_word(token: Token) -> None:
    """Refuse a keyword where a name or value should begin. Raises Refused."""
    word = str(token).upper()
    reason = WORDS.get(word)
    if reason is not None:
        raise Refused(token_place(token), reason)
    refuse_reserved(token)


class QueryBuilder(Builder):
    """Make a query's tree; keeps no state, so that one parser serves all threads."""

    def variable(self, parts: Parts) -> Expr:
        if parts[0].type == "NAME":
            refuse_word(parts[0])
        return super().variable(parts)

    # ---- the pattern

    def binding(self, parts: Parts) -> Any:
        token = parts[0]
        if token.type == "NAME":
            refuse_word(token)
        try:
            return _Binding(read_name(str(token)), token_place(token))
        except Misspelt as error:
            raise Refused(token_place(token), str(error)) from None

    def label_joint(self, parts: Parts) -> Any:
        return parts[0]

    def labels(self, parts: Parts) -> Any:
        found: list[list[str]] = []
        alternative = False
        for part in parts:
            if isinstance(part, Name):
                if alternative:
                    found[-1].append(part.value)
                else:
                    found.append([part.value])
            else:
                alternative = part.type == "BAR"
        return _Labels(tuple(tuple(one) for one in found))

    def properties(self, parts: Parts) -> Any:
        self.map_of(parts)  # refuses a key that occurs twice
        return _Properties(tuple(part for part in parts if isinstance(part, Entry)))

    def _element(self, parts: Parts, opening: str, closing: str) -> Element:
        binding, labels, held = _first(parts, _Binding), _first(parts, _Labels), _first(parts, _Properties)
        ends = [p for p in parts if isinstance(p, Token) and p.type in (opening, closing)] or parts
        first, last = token_place(ends[0]), token_place(ends[-1])
        return Element(
            variable=binding.name if binding else "",
            labels=labels.labels if labels else (),
            properties=tuple((entry.key, entry.value) for entry in held.entries) if held else (),
            place=Place(first.line, first.column, first.start, last.stop),
        )

    def node(self, parts: Parts) -> Any:
        return self._element(parts, "LPAR", "RPAR")

    def link(self, parts: Parts) -> Any:
        backward, forward = _has(parts, "LESS"), _has(parts, "MORE")
        direction = Direction.EITHER
        if backward is not forward:
            direction = Direction.BACKWARD if backward else Direction.FORWARD
        return _Link(self._element(parts, "LSQB", "RSQB"), direction)

    def pattern(self, parts: Parts) -> Any:
        return parts

    def where(self, parts: Parts) -> Any:
        return _Where(parts[1])

    # ---- the items

    def item(self, parts: Parts) -> Any:
        binding = _first(parts, _Binding)
        return Item(expr=parts[0], name=binding.name if binding else "")

    def returned(self, parts: Parts) -> Any:
        items = tuple(part for part in parts if isinstance(part, Item))
        return _Returned(_has(parts, "DISTINCT"), _has(parts, "STAR"), items)

    def sort(self, parts: Parts) -> Any:
        return Sort(expr=parts[0], descending=_has(parts, "DESCENDING"))

    def ordering(self, parts: Parts) -> Any:
        return [part for part in parts if isinstance(part, Sort)]

    def skipping(self, parts: Parts) -> Any:
        return _Count("SKIP", parts[1])

    def limiting(self, parts: Parts) -> Any:
        return _Count("LIMIT", parts[1])

    def query(self, parts: Parts) -> Any:
        pattern, *_ = [part for part in parts if isinstance(part, list)]
        ordering = [part for part in parts if isinstance(part, list)][1:]
        link, where, returned = _first(pattern, _Link), _first(parts, _Where), _first(parts, _Returned)
        counts = {part.word: part.expr for part in parts if isinstance(part, _Count)}
        return Query(
            text="",
            nodes=tuple(part for part in pattern if isinstance(part, Element)),
            link=link.element if link else None,
            direction=link.direction if link else Direction.FORWARD,
            where=where.expr if where else None,
            distinct=returned.distinct,
            everything=returned.everything,
            items=returned.items,
            order=tuple(ordering[0]) if ordering else (),
            skip=counts.get("SKIP"),
            limit=counts.get("LIMIT"),
        )
