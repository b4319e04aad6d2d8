"""Bind a query's pattern: the types each variable can be of, and what of WHERE looks at one variable alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kgsync.filters.building import balanced, operands
from kgsync.filters.check import Filter, ParameterValue, check_expression
from kgsync.filters.creators import created_by
from kgsync.filters.query_tree import Direction, Element, Query
from kgsync.filters.refusals import refusal
from kgsync.filters.rewriting import calls_in, free_variables, read_variables, rewritten
from kgsync.filters.static import Kind, Scope, Subject, words
from kgsync.filters.tree import Binary, Expr, Index, Literal, Member, Variable
from kgsync.model.geometry import SpatialReference
from kgsync.model.schema import Category, DataModel, NamedType

_ENDS = frozenset(("startnode", "endnode"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One variable of the pattern: an object of one of `types`.

    `filters` holds, by type id, the conjuncts of the condition that look at this variable alone, None without.
    """

    variable: str
    types: tuple[NamedType, ...]
    filters: Mapping[int, Filter | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One node, or origin, link and destination; `either` takes the link in both directions.

    `condition` is all of WHERE and the inline properties, `crossing` what no filter of a part says of it.
    """

    parts: tuple[Bound, ...]
    either: bool
    condition: Expr | None
    crossing: Expr | None
    scope: Scope

    def names(self) -> frozenset[str]:
        return frozenset(part.variable for part in self.parts)

    @property
    def is_loop(self) -> bool:
        """Say whether both ends are one and the same."""
        return len(self.parts) == 3 and self.parts[0].variable == self.parts[2].variable

    def read_by(self, *exprs: Expr) -> frozenset[str]:
        """Name the variables whose properties some expressions read, end points included."""
        if any(calls_in(expr) & _ENDS for expr in exprs):
            return self.names()
        return frozenset[str]().union(*map(read_variables, exprs)) & self.names()


def bind_pattern(
    query: Query,
    model: DataModel,
    parameters: Mapping[str, ParameterValue],
    in_sr: SpatialReference,
    provenance: bool,
    creator: str | None = None,
) -> Pattern:
    """Bind the pattern and WHERE. Raises MalformedInput with place, slice and reason.

    With a `creator`, only what that account created is found, and no records, of which nobody is said to be.
    """
    if not provenance or creator is not None:  # as if there were none
        model = replace(model, types=tuple(t for t in model.types if t.category is not Category.PROVENANCE))
    elements = _named(query)
    types: dict[str, tuple[NamedType, ...]] = {}
    for element in elements:
        found = _types(query, element, model)
        # One variable may stand at both ends.
        types[element.variable] = tuple(t for t in found if t in types.get(element.variable, found))
    link = elements[1].variable if len(elements) == 3 else None
    subjects = {
        name: Subject(category=Category.RELATIONSHIP if name == link else Category.ENTITY, types=found)
        for name, found in types.items()
    }
    scope = Scope(model=model, subjects=subjects, parameters=parameters)
    conditions = _conditions(query, elements, scope)
    if creator is not None:
        conditions += [created_by(creator, name, found, model) for name, found in types.items()]
    own: dict[str, list[Expr]] = {name: [] for name in types}
    crossing: list[Expr] = []
    for condition in conditions:
        seen = free_variables(condition) & types.keys()
        alone = len(seen) == 1 and not calls_in(condition) & _ENDS
        (own[min(seen)] if alone else crossing).append(condition)
    bound = {
        name: Bound(
            variable=name,
            types=found,
            filters={t.id: _filter(query, name, t, own[name], parameters, model, in_sr) for t in found},
        )
        for name, found in types.items()
    }
    parts = tuple(bound[e.variable] for e in elements)
    return Pattern(
        parts=tuple(reversed(parts)) if query.direction is Direction.BACKWARD else parts,
        either=query.direction is Direction.EITHER,
        condition=balanced("AND", conditions) if conditions else None,
        crossing=balanced("AND", crossing) if crossing else None,
        scope=scope,
    )


def _named(query: Query) -> tuple[Element, ...]:
    """Give every element a variable; hidden ones are names no query can write."""
    elements = tuple(e if e.variable else replace(e, variable=f"\0{k}") for k, e in enumerate(query.elements))
    if len(elements) == 3 and elements[1].variable in (elements[0].variable, elements[2].variable):
        reason = f"{elements[1].variable} names both a node and the relationship"
        raise refusal(query.text, elements[1].place, reason)
    return elements


def _types(query: Query, element: Element, model: DataModel) -> tuple[NamedType, ...]:
    """Find the named types an element can be of. Raises MalformedInput."""
    is_link = query.link is not None and element.place == query.link.place
    categories = [Category.RELATIONSHIP] if is_link else [Category.ENTITY]
    if query.link is None:  # records have no relationships
        categories.append(Category.PROVENANCE)
    found = [t for t in model.types if t.category in categories]
    for alternatives in element.labels:
        wanted = []
        for label in alternatives:
            named_type = next((model.find(c, label) for c in categories if model.find(c, label)), None)
            if named_type is None:
                what = "relationship" if is_link else "entity"
                known = model.named(label) is not None
                reason = f"{label} is no {what} type" if known else f"the data model has no type {label}"
                raise refusal(query.text, element.place, reason)
            wanted.append(named_type)
        found = [t for t in found if t in wanted]
    return tuple(found)


def _conditions(query: Query, elements: tuple[Element, ...], scope: Scope) -> list[Expr]:
    """List what must be TRUE: inline properties and the conjuncts of WHERE, each checked."""
    found: list[Expr] = []
    for element in elements:
        for name, value in element.properties:
            subject = Variable(element.variable, place=element.place)
            member = Member(subject, name, place=element.place)
            found.append(Binary("=", member, value, place=value.place))
    if query.where is not None:
        found += operands("AND", query.where)
    for condition in found:
        static, _ = check_expression(query.text, condition, scope)
        if static.kinds and not static.kinds & Kind.BOOLEAN:
            reason = f"a condition is true or false; this is {words(static.kinds)}"
            raise refusal(query.text, condition.place, reason)
    return found


def _filter(
    query: Query,
    variable: str,
    named_type: NamedType,
    conditions: list[Expr],
    parameters: Mapping[str, ParameterValue],
    model: DataModel,
    in_sr: SpatialReference,
) -> Filter | None:
    if not conditions:
        return None

    def without(part: Expr) -> Expr | None:
        """Make null of a property this type does not have; another type of the pattern has it."""
        match part:
            case Member(of=Variable(name), name=wanted) | Index(of=Variable(name), at=Literal(str(wanted))):
                absent = name == variable and named_type.property(wanted) is None
                return Literal(None, place=part.place) if absent else None
        return None

    return Filter(
        text=query.text,
        category=named_type.category,
        expr=rewritten(balanced("AND", conditions), without),
        parameters=parameters,
        properties={p.name: p for p in named_type.properties},
        end_properties=frozenset(),
        uses_ends=False,
        type_name=named_type.name,
        spatial_reference=model.spatial_reference,
        in_sr=in_sr,
    )
