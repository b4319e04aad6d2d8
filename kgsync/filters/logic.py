"""AND, OR, XOR and NOT in three-valued logic; anything but a boolean counts as unknown."""

from __future__ import annotations


def truth(value: object) -> bool | None:
    return value if type(value) is bool else None


def negation(value: object) -> bool | None:
    return not value if type(value) is bool else None


def conjunction(left: object, right: object) -> bool | None:
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def disjunction(left: object, right: object) -> bool | None:
    if left is True or right is True:
        return True
    return False if left is False and right is False else None


def exclusion(left: object, right: object) -> bool | None:
    if type(left) is bool and type(right) is bool:
        return left is not right
    return None
