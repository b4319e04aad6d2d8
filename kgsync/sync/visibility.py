"""Where a service hides what others created: filters that let somebody see an object."""

from __future__ import annotations

from dataclasses import replace

from kgsync.filters.check import SUBJECT, Filter
from kgsync.filters.creators import created_by
from kgsync.filters.tree import Binary
from kgsync.model.schema import DataModel, NamedType


def seen_by(account: str, named_type: NamedType, model: DataModel) -> Filter:
    """Make the filter that selects what an account created of a type."""
    read = None if model.tracking is None else named_type.property(model.tracking.creator.name)
    return Filter(
        text="created by the replica owner",
        category=named_type.category,
        expr=created_by(account, SUBJECT, [named_type], model),
        parameters={},
        properties={} if read is None else {read.name: read},
        end_properties=frozenset(),
        uses_ends=False,
        type_name=named_type.name,
        spatial_reference=model.spatial_reference,
    )


def narrowed(clause: Filter | None, account: str, named_type: NamedType, model: DataModel) -> Filter:
    """Let a clause select only what an account created."""
    seen = seen_by(account, named_type, model)
    if clause is None:
        return seen
    expr = Binary("AND", seen.expr, clause.expr, place=clause.expr.place)
    return replace(clause, expr=expr, properties={**seen.properties, **clause.properties})
