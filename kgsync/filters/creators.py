"""The condition that an account created an object, where a service hides from people what others created."""

from __future__ import annotations

from collections.abc import Iterable

from kgsync.filters.tree import Binary, Expr, Literal, Member, Variable
from kgsync.model.schema import DataModel, NamedType


def created_by(account: str, variable: str, types: Iterable[NamedType], model: DataModel) -> Expr:
    """Make the condition that an account created what a variable of these types stands for.

    Editor tracking says who did; without it, nobody.
    """
    name = None if model.tracking is None else model.tracking.creator.name
    if name is None or not any(named_type.property(name) for named_type in types):
        return Literal(False)
    return Binary("=", Member(Variable(variable), name), Literal(account))
