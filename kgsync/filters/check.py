"""Bind a where-clause to a data model: every name means something, every operand can be of a fitting kind.

Refused is what openCypher calls an error of kind wherever it is certain from the data model and the
parameters; what may turn out well for some object passes, and is null for the others. Comparisons
across kinds are no errors: openCypher gives them a meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kgsync.errors import MalformedInput
from kgsync.filters.checker import Checker, Uses
from kgsync.filters.cypher import parse
from kgsync.filters.evaluate import faults
from kgsync.filters.refusals import Refused, refusal
from kgsync.filters.static import ANYTHING, Kind, Scope, Static, Subject, words
from kgsync.filters.tree import Expr
from kgsync.model.geometry import WGS84, SpatialReference
from kgsync.model.schema import Category, DataModel, NamedType, Property
from kgsync.model.values import ParameterValue

__all__ = ["Filter", "ParameterValue", "check", "check_expression", "kind_of", "refuse_faults"]

SUBJECT = "n"
UNSET = SpatialReference()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A clause bound to one named type.

    Geometries among `parameters` are in the data model's spatial reference, `spatial_reference`; texts in
    the clause are in `in_sr`, unset meaning the same. `properties` are those the clause reads of n (all, if it
    lists them), `end_properties` the names it reads of an end point, `labels` the types it names.
    """

    text: str
    category: Category
    expr: Expr
    parameters: Mapping[str, ParameterValue]
    properties: Mapping[str, Property]
    end_properties: frozenset[str]
    uses_ends: bool
    type_name: str
    spatial_reference: SpatialReference = WGS84
    in_sr: SpatialReference = UNSET
    labels: frozenset[str] = frozenset()


def check(
    text: str,
    model: DataModel,
    named_type: NamedType,
    parameters: Mapping[str, ParameterValue],
    *,
    in_sr: SpatialReference | None = None,
) -> Filter:
    """Parse a clause and bind it to a named type. Raises MalformedInput with place, slice and reason.

    `parameters` are decoded, with geometries already in the data model's spatial reference.
    """
    expr = parse(text)
    scope = Scope(
        model=model,
        subjects={SUBJECT: Subject(category=named_type.category, types=(named_type,))},
        parameters=parameters,
    )
    found, uses = check_expression(text, expr, scope)
    if not found.kinds & Kind.BOOLEAN and found.kinds:
        raise refusal(text, expr.place, f"a clause is a condition, true or false; this is {words(found.kinds)}")
    unused = sorted(parameters.keys() - uses.parameters)
    if unused:
        raise MalformedInput(f"the where-clause does not use {', '.join(unused)}", place="parameters")
    read = uses.of(SUBJECT)
    return Filter(
        text=text,
        category=named_type.category,
        expr=expr,
        parameters=parameters,
        properties={p.name: p for p in named_type.properties if read is None or p.name in read},
        end_properties=frozenset(scope.ends.names() if uses.ends is None else uses.ends),
        labels=frozenset(uses.labels),
        uses_ends=uses.mentions_ends,
        type_name=named_type.name,
        spatial_reference=model.spatial_reference,
        in_sr=in_sr or UNSET,
    )


def refuse_faults(clause: Filter) -> None:
    """Refuse constants of a clause that can be nothing whatever the object. Raises MalformedInput.

    It is asked when a clause is given, not of clauses that were taken before.
    """
    for place, reason in faults(clause):
        raise refusal(clause.text, place, reason)


def check_expression(text: str, expr: Expr, scope: Scope) -> tuple[Static, Uses]:
    """Check one expression of a clause or query; give its kinds and what it reads. Raises MalformedInput."""
    checker = Checker()
    try:
        return checker.static(expr, scope), checker.uses
    except Refused as error:
        raise refusal(text, error.place, error.reason) from None


def kind_of(expr: Expr, scope: Scope) -> Kind:
    """Tell the kinds a checked expression can have besides null."""
    try:
        return Checker().static(expr, scope).kinds
    except Refused:
        return ANYTHING
