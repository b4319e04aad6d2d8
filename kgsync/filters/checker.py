"""One walk over a tree: the static kind of every node, the names it reads, and the first thing that cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from kgsync.filters.operators import ARITHMETIC, joined_items
from kgsync.filters.refusals import Refused
from kgsync.filters.signatures import (
    AGGREGATES,
    ALL_AGGREGATES,
    CLOCKS,
    COMPONENTS,
    FUNCTIONS,
    MOVING,
    SPELLINGS,
    TEXT_COMPONENTS,
    Signature,
)
from kgsync.filters.static import (
    ANYTHING,
    ELEMENT,
    NUMBER,
    Kind,
    Scope,
    Static,
    Subject,
    any_of,
    of_properties,
    of_value,
    words,
)
from kgsync.filters.tree import (
    Binary,
    Call,
    Case,
    Comprehension,
    Expr,
    HasLabel,
    Index,
    IsNull,
    ListOf,
    Literal,
    MapOf,
    Member,
    Parameter,
    Quantified,
    Slice,
    Unary,
    Variable,
)
from kgsync.model.schema import Category
from kgsync.model.values import ParameterValue

_ENTITY_OR_LINK = ((Kind.ENTITY, Category.ENTITY), (Kind.RELATIONSHIP, Category.RELATIONSHIP))


@dataclass(slots=True)
class Uses:
    """What an expression reads: property names by variable and of end points, None meaning all of them.

    Names read of an element that is not told by its variable count for every variable and the end points.
    """

    named: dict[str, set[str] | None] = field(default_factory=dict)
    ends: set[str] | None = field(default_factory=set)
    anywhere: set[str] | None = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    mentions_ends: bool = False
    parameters: set[str] = field(default_factory=set)

    def of(self, variable: str) -> set[str] | None:
        """Give the names read of a variable, None for all."""
        found = self.named.get(variable, set())
        return None if found is None or self.anywhere is None else found | self.anywhere

    def note(self, element: str | None, name: str | None) -> None:
        """Record a read of `name`, or of all properties, on a variable, an end ("") or an unknown element."""
        if element is None:
            self.anywhere = _with(self.anywhere, name)
        if not element:
            self.ends = _with(self.ends, name)
        else:
            self.named[element] = _with(self.named.get(element, set()), name)


def _with(names: set[str] | None, name: str | None) -> set[str] | None:
    return None if names is None or name is None else names | {name}


def _close(name: str, known: Iterable[str]) -> str:
    found = get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _need(expr: Expr, found: Static, wanted: Kind, what: str) -> None:
    if found.kinds and not found.kinds & wanted:
        raise Refused(expr.place, f"{what} takes {words(wanted)}, this is {words(found.kinds)}")


class Checker:
    """Walk expressions and keep what they read in `uses`. Raises Refused."""

    def __init__(self) -> None:
        self.uses = Uses()

    def static(self, expr: Expr, scope: Scope) -> Static:
        """Tell the kinds of an expression. Raises Refused at the first thing that cannot be."""
        rule = _RULES[type(expr)]
        return rule(self, expr, scope)

    # ---- atoms ------------------------------------------------------------------------------------

    def literal(self, expr: Literal, scope: Scope) -> Static:
        return of_value(expr.value)

    def parameter(self, expr: Parameter, scope: Scope) -> Static:
        if expr.name not in scope.parameters:
            close = _close(expr.name, scope.parameters)
            raise Refused(expr.place, f"the parameter ${expr.name} is not given{close}")
        self.uses.parameters.add(expr.name)
        return of_value(scope.parameters[expr.name])

    def variable(self, expr: Variable, scope: Scope) -> Static:
        if expr.name in scope.bound:
            return scope.bound[expr.name]
        subject = scope.subjects.get(expr.name)
        if subject is None:
            known = [name for name in (*scope.subjects, *scope.bound) if "\0" not in name]
            usable = f"the clause can use {', '.join(known)}" if known else "no variable can be used here"
            raise Refused(expr.place, f"{expr.name} is unknown; {usable}")
        return Static(subject.kind, element=expr.name)

    def list_of(self, expr: ListOf, scope: Scope) -> Static:
        items = Kind.NULL
        for item in expr.items:
            items |= self.static(item, scope).kinds
        return Static(Kind.LIST, items)

    def map_of(self, expr: MapOf, scope: Scope) -> Static:
        for _, value in expr.items:
            self.static(value, scope)
        return Static(Kind.MAP)

    # ---- members and elements ---------------------------------------------------------------------

    def member(self, expr: Member, scope: Scope) -> Static:
        found = self.static(expr.of, scope)
        known, value = _entry(expr, scope.parameters)
        if known:
            return of_value(value)
        return self._named(expr, found, expr.name, scope)

    def _named(self, expr: Expr, of: Static, name: str, scope: Scope) -> Static:
        """Read a member by its name, of whatever can have one."""
        if of.element is not None:
            subject = scope.subjects[of.element] if of.element else scope.ends
            return self._property(expr, subject, of.element, name)
        kinds = Kind.NULL
        for kind, category in _ENTITY_OR_LINK:
            if of.kinds & kind:
                properties = any_of(scope.model, category).properties(name)
                kinds |= of_properties(properties).kinds
                if properties:
                    self.uses.note(None, name)
        for kind, names in COMPONENTS.items():
            if of.kinds & kind and name in names:
                kinds |= Kind.STRING if name in TEXT_COMPONENTS else Kind.INTEGER
        if of.kinds & Kind.MAP:
            return Static(ANYTHING)
        if not kinds and of.kinds:
            known = {n for kind, all_names in COMPONENTS.items() if of.kinds & kind for n in all_names}
            raise Refused(expr.place, f"{words(of.kinds)} has no {name}{_close(name, known)}")
        return Static(kinds)

    def _property(self, expr: Expr, subject: Subject, element: str, name: str) -> Static:
        properties = subject.properties(name)
        if not properties:
            types = subject.types[0].name if len(subject.types) == 1 else "no type here"
            lacks = "has no property" if len(subject.types) == 1 else "has a property"
            raise Refused(expr.place, f"{types} {lacks} {name}{_close(name, subject.names())}")
        self.uses.note(element, name)
        return of_properties(properties)

    def index(self, expr: Index, scope: Scope) -> Static:
        of, at = self.static(expr.of, scope), self.static(expr.at, scope)
        _need(expr.of, of, Kind.LIST | Kind.MAP | ELEMENT, "[ ]")
        name = expr.at.value if isinstance(expr.at, Literal) else None
        if of.element is not None:
            if not isinstance(name, str):
                raise Refused(expr.at.place, "a property is named by a text written here, as in n['name']")
            return self._named(expr, of, name, scope)
        kinds = Kind.NULL
        if of.kinds & Kind.LIST and at.kinds & Kind.INTEGER:
            kinds |= of.items
        if of.kinds & Kind.MAP and at.kinds & Kind.STRING:
            kinds = ANYTHING
        if of.kinds & ELEMENT and at.kinds & Kind.STRING:
            self.uses.note(None, name if isinstance(name, str) else None)
            kinds = ANYTHING
        if not kinds and of.kinds and at.kinds and not (of.kinds & Kind.LIST and at.kinds & Kind.INTEGER):
            raise Refused(expr.at.place, f"{words(of.kinds)} has no element at {words(at.kinds)}")
        return Static(kinds)

    def slice(self, expr: Slice, scope: Scope) -> Static:
        of = self.static(expr.of, scope)
        _need(expr.of, of, Kind.LIST, "[ .. ]")
        for end in (expr.start, expr.stop):
            if end is not None:
                _need(end, self.static(end, scope), Kind.INTEGER, "the end of a slice")
        return Static(Kind.LIST, of.items)

    def has_label(self, expr: HasLabel, scope: Scope) -> Static:
        _need(expr.of, self.static(expr.of, scope), ELEMENT, "a label test")
        for label in expr.labels:
            if scope.model.named(label) is None:
                close = _close(label, (t.name for t in scope.model.types))
                raise Refused(expr.place, f"the data model has no type {label}{close}")
            self.uses.labels.add(label)
        return Static(Kind.BOOLEAN)

    # ---- operators --------------------------------------------------------------------------------

    def unary(self, expr: Unary, scope: Scope) -> Static:
        operand = self.static(expr.operand, scope)
        wanted = Kind.BOOLEAN if expr.op == "NOT" else NUMBER | Kind.DURATION
        _need(expr.operand, operand, wanted, expr.op)
        return Static(operand.kinds & wanted if operand.kinds else wanted)

    def is_null(self, expr: IsNull, scope: Scope) -> Static:
        self.static(expr.operand, scope)
        return Static(Kind.BOOLEAN)

    def binary(self, expr: Binary, scope: Scope) -> Static:
        left, right = self.static(expr.left, scope), self.static(expr.right, scope)
        if expr.op in ("AND", "OR", "XOR"):
            _need(expr.left, left, Kind.BOOLEAN, expr.op)
            _need(expr.right, right, Kind.BOOLEAN, expr.op)
            return Static(Kind.BOOLEAN)
        if expr.op == "IN":
            _need(expr.right, right, Kind.LIST, "IN")
            return Static(Kind.BOOLEAN)
        arithmetic = ARITHMETIC.get(expr.op)
        if arithmetic is None:
            return Static(Kind.BOOLEAN)
        kinds = arithmetic(left.kinds, right.kinds)
        if left.kinds and right.kinds and not kinds:
            reason = f"{expr.op} has no meaning between {words(left.kinds)} and {words(right.kinds)}"
            raise Refused(expr.place, reason)
        return Static(kinds, joined_items(left, right))

    # ---- forms that bind or choose ----------------------------------------------------------------

    def case(self, expr: Case, scope: Scope) -> Static:
        if expr.subject is not None:
            self.static(expr.subject, scope)
        kinds = items = Kind.NULL
        for when, then in expr.branches:
            found = self.static(when, scope)
            if expr.subject is None:
                _need(when, found, Kind.BOOLEAN, "WHEN without a subject")
            given = self.static(then, scope)
            kinds, items = kinds | given.kinds, items | given.items
        if expr.otherwise is not None:
            given = self.static(expr.otherwise, scope)
            kinds, items = kinds | given.kinds, items | given.items
        return Static(kinds, items)

    def _bind(self, expr: Quantified | Comprehension, scope: Scope) -> Scope:
        if expr.variable in scope.subjects:
            raise Refused(expr.place, f"the name {expr.variable} is taken; choose another for the elements of the list")
        source = self.static(expr.source, scope)
        _need(expr.source, source, Kind.LIST, "IN")
        inner = scope.binding(expr.variable, source.items)
        if expr.condition is not None:
            _need(expr.condition, self.static(expr.condition, inner), Kind.BOOLEAN, "WHERE")
        return inner

    def quantified(self, expr: Quantified, scope: Scope) -> Static:
        self._bind(expr, scope)
        return Static(Kind.BOOLEAN)

    def comprehension(self, expr: Comprehension, scope: Scope) -> Static:
        inner = self._bind(expr, scope)
        if expr.result is None:
            return Static(Kind.LIST, inner.bound[expr.variable].kinds)
        return Static(Kind.LIST, self.static(expr.result, inner).kinds)

    # ---- functions --------------------------------------------------------------------------------

    def call(self, expr: Call, scope: Scope) -> Static:
        signature = _signature(expr, scope)
        arguments = [self.static(argument, scope) for argument in expr.arguments]
        shown = SPELLINGS.get(expr.name, expr.name)
        for k, (argument, found) in enumerate(zip(expr.arguments, arguments, strict=True)):
            _need(argument, found, signature.takes[min(k, len(signature.takes) - 1)], shown)
        if expr.name == "exists" and not isinstance(expr.arguments[0], Member | Index):
            raise Refused(expr.arguments[0].place, "exists takes a property, as in exists(n.name)")
        if expr.name in ("keys", "properties") and arguments[0].kinds & ELEMENT:
            self.uses.note(arguments[0].element, None)
        if expr.name in ("startnode", "endnode"):
            self.uses.mentions_ends = True
        return signature.gives(arguments) if arguments or not signature.takes else Static(Kind.INTEGER)


def _signature(expr: Call, scope: Scope) -> Signature:
    name = expr.name
    shown = SPELLINGS.get(name, name)
    if name in MOVING or (name in CLOCKS and not expr.arguments):
        reason = f"{shown}() changes while no one edits anything; give the value, or pass it as a parameter"
        raise Refused(expr.place, reason)
    if name in ALL_AGGREGATES and not (scope.aggregates and name in AGGREGATES):
        if scope.aggregates:
            raise Refused(expr.place, f"the aggregate {shown} is not supported")
        raise Refused(expr.place, f"{shown} looks at many objects at once; a condition sees one")
    signature = FUNCTIONS.get(name) or AGGREGATES.get(name)
    if signature is None:
        close = _close(name, (SPELLINGS.get(known, known) for known in FUNCTIONS))
        raise Refused(expr.place, f"the function {shown} is unknown{close}")
    if expr.distinct and name not in AGGREGATES:
        raise Refused(expr.place, f"DISTINCT belongs to aggregates, {shown} is none")
    if not signature.fits(len(expr.arguments)):
        raise Refused(expr.place, f"{shown} takes {signature.arity()}, {len(expr.arguments)} are given")
    if name in ("startnode", "endnode"):
        (argument,) = expr.arguments
        subject = scope.subjects.get(argument.name) if isinstance(argument, Variable) else None
        if subject is not None and subject.category is not Category.RELATIONSHIP:
            raise Refused(expr.place, f"{shown} is for relationships; this is an entity")
    return signature


def _entry(expr: Expr, parameters: Mapping[str, ParameterValue]) -> tuple[bool, ParameterValue]:
    """Follow `$p.x.y` into a parameter: whether it can be followed, and what is there."""
    if isinstance(expr, Parameter):
        return True, parameters[expr.name]
    if isinstance(expr, Member):
        known, value = _entry(expr.of, parameters)
        if known and isinstance(value, dict):
            return True, value.get(expr.name)
    return False, None


_RULES: Mapping[type, Callable[..., Static]] = {
    Literal: Checker.literal,
    Parameter: Checker.parameter,
    Variable: Checker.variable,
    ListOf: Checker.list_of,
    MapOf: Checker.map_of,
    Member: Checker.member,
    Index: Checker.index,
    Slice: Checker.slice,
    HasLabel: Checker.has_label,
    Unary: Checker.unary,
    IsNull: Checker.is_null,
    Binary: Checker.binary,
    Case: Checker.case,
    Quantified: Checker.quantified,
    Comprehension: Checker.comprehension,
    Call: Checker.call,
}
