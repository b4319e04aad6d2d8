"""What arithmetic gives, by the kinds of its operands; the empty kind where it has no meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kgsync.filters.static import INSTANT, NUMBER, Kind, Static


def _numbers(left: Kind, right: Kind) -> Kind:
    if not (left & NUMBER and right & NUMBER):
        return Kind.NULL
    whole = Kind.INTEGER if left & Kind.INTEGER and right & Kind.INTEGER else Kind.NULL
    return whole | ((left | right) & Kind.FLOAT)


def _add(left: Kind, right: Kind) -> Kind:
    kinds = _numbers(left, right)
    text, joinable = Kind.STRING, Kind.STRING | NUMBER
    if (left & text and right & joinable) or (left & joinable and right & text):
        kinds |= Kind.STRING
    if (left | right) & Kind.LIST:
        kinds |= Kind.LIST
    if right & Kind.DURATION:
        kinds |= left & (INSTANT | Kind.DURATION)
    return kinds


def _subtract(left: Kind, right: Kind) -> Kind:
    moved = left & (INSTANT | Kind.DURATION) if right & Kind.DURATION else Kind.NULL
    return _numbers(left, right) | moved


def _multiply(left: Kind, right: Kind) -> Kind:
    scaled = (left & Kind.DURATION and right & NUMBER) or (left & NUMBER and right & Kind.DURATION)
    return _numbers(left, right) | (Kind.DURATION if scaled else Kind.NULL)


def _divide(left: Kind, right: Kind) -> Kind:
    return _numbers(left, right) | (left & Kind.DURATION if right & NUMBER else Kind.NULL)


def _power(left: Kind, right: Kind) -> Kind:
    return Kind.FLOAT if _numbers(left, right) else Kind.NULL


ARITHMETIC: Mapping[str, Callable[[Kind, Kind], Kind]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _numbers,
    "^": _power,
}


def joined_items(left: Static, right: Static) -> Kind:
    """Tell the elements of a list that + makes: of both lists, or of one and the other operand itself."""
    items = Kind.NULL
    for one in (left, right):
        items |= one.items if one.kinds & Kind.LIST else Kind.NULL
        items |= one.kinds & ~Kind.LIST
    return items
