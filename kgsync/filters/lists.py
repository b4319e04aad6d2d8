"""Functions on lists, maps and the object under test."""

from __future__ import annotations

from kgsync.filters.kinds import Element, Work
from kgsync.model.values import Invalid


def size(_work: Work, value: object) -> object:
    return len(value) if type(value) is str or type(value) is tuple else None


def head(_work: Work, items: object) -> object:
    return items[0] if type(items) is tuple and items else None


def last(_work: Work, items: object) -> object:
    return items[-1] if type(items) is tuple and items else None


def tail(work: Work, items: object) -> object:
    return work.listed(items[1:]) if type(items) is tuple else None


def reverse(work: Work, value: object) -> object:
    if type(value) is tuple:
        return work.listed(value[::-1])
    return work.made(value[::-1]) if type(value) is str else None


def between(work: Work, start: object, stop: object, *steps: object) -> object:
    """Mean `range`: from `start` to `stop`, both included."""
    step = steps[0] if steps else 1
    if type(start) is not int or type(stop) is not int or type(step) is not int or step == 0:
        return None
    span = range(start, stop + (1 if step > 0 else -1), step)
    # len() of a range takes no more than 63 bits.
    if span and not work.fits(abs(span[-1] - span[0]) // abs(step) + 1):
        return None
    return work.listed(tuple(span))


def coalesce(_work: Work, *values: object) -> object:
    return next((value for value in values if value is not None), None)


def exists(_work: Work, value: object) -> object:
    return value is not None


def properties_of(element: Element) -> dict[str, object]:
    """Give what is not null, by name, in the order of names."""
    held = sorted(element.values.items())
    return {name: value for name, value in held if value is not None and type(value) is not Invalid}


def properties(work: Work, value: object) -> object:
    if type(value) is dict:
        return value
    if type(value) is not Element:
        return None
    found = properties_of(value)
    work.spend(len(found))
    return found


def keys(work: Work, value: object) -> object:
    """Name the properties that are not null, or a map's members, in the order of names."""
    if type(value) is Element:
        return work.listed(tuple(properties_of(value)))
    return work.listed(tuple(sorted(value))) if type(value) is dict else None


def identity(_work: Work, value: object) -> object:
    return value.id if type(value) is Element else None


def type_name(_work: Work, value: object) -> object:
    return value.label if type(value) is Element else None


def labels(_work: Work, value: object) -> object:
    return (value.label,) if type(value) is Element else None


def start_node(_work: Work, value: object) -> object:
    return value.start if type(value) is Element else None


def end_node(_work: Work, value: object) -> object:
    return value.end if type(value) is Element else None
