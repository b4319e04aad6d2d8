"""Constraint rules: editing them, and holding new relationships to them.

Rules do not look back: a relationship that was there before its rule stays, and the answer warns of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kgsync.errors import Conflict, Forbidden, KgsyncError, MalformedInput, NotFound, UnknownType
from kgsync.model.rules import ExclusionRule, RuleChange, RuleResult, RuleRole, SetChange, TypeSet
from kgsync.model.schema import Category, DataModel
from kgsync.store.base import Writing
from kgsync.sync.names import check_name
from kgsync.sync.saving import save

MAX_RULES = 1_000  # every archive carries them all, and every new kind of relationship is held to each
_CATEGORIES = {
    "origins": Category.ENTITY,
    "relationships": Category.RELATIONSHIP,
    "destinations": Category.ENTITY,
}


class Exclusions:
    """Answer which rule forbids a relationship, once per triple of types."""

    def __init__(self, model: DataModel) -> None:
        self._model = model
        self._known: dict[tuple[int, int, int], ExclusionRule | None] = {}

    def rule(self, origin: int, relationship: int, destination: int) -> ExclusionRule | None:
        """Find the first enabled rule that excludes these types, by their ids."""
        triple = (origin, relationship, destination)
        if triple not in self._known:
            names = [self._model.label(type_id) for type_id in triple]
            self._known[triple] = next((r for r in self._model.constraints if r.excludes(*names)), None)
        return self._known[triple]


def add_rules(writing: Writing, rules: Iterable[ExclusionRule]) -> list[RuleResult]:
    """Add rules, each on its own; a rule that present relationships break is added with a warning."""
    model = writing.data_model()
    kept = list(model.constraints)
    added: list[ExclusionRule] = []
    results: list[RuleResult] = []
    for rule in rules:
        error: KgsyncError | None = None
        try:
            _check_free(rule.name, kept)
            if len(kept) >= MAX_RULES:
                raise MalformedInput(f"A data model has at most {MAX_RULES} constraint rules")
            for attribute, category in _CATEGORIES.items():
                _check_types(model, getattr(rule, attribute).names, category)
            kept.append(rule)
            added.append(rule)
        except KgsyncError as fault:
            error = fault
        results.append(RuleResult(rule.name, error))
    if added:
        save(writing, model, constraints=tuple(kept))
    return _warned(writing, model, results, added)


def update_rules(writing: Writing, changes: Sequence[RuleChange]) -> list[RuleResult]:
    """Change rules, each on its own. Raises MalformedInput when a name comes twice."""
    repeated = [name for name, count in Counter(c.rule_name for c in changes).items() if count > 1]
    if repeated:
        raise MalformedInput(f"The rule {repeated[0]!r} is changed twice in one request")
    model = writing.data_model()
    kept = list(model.constraints)
    changed: list[ExclusionRule] = []
    results: list[RuleResult] = []
    for change in changes:
        error: KgsyncError | None = None
        try:
            place = _own_rule(kept, change.rule_name)
            others = kept[:place] + kept[place + 1 :]
            kept[place] = _changed(model, kept[place], change, others)
            changed.append(kept[place])
        except KgsyncError as fault:
            error = fault
        results.append(RuleResult(change.rule_name, error))
    if changed:
        save(writing, model, constraints=tuple(kept))
    named = {c.rule_name: c.replacement.name for c in changes if "name" in c.masked}
    return _warned(writing, model, results, changed, named)


def delete_rules(writing: Writing, names: Iterable[str]) -> list[RuleResult]:
    """Delete rules, each on its own."""
    model = writing.data_model()
    kept = list(model.constraints)
    results: list[RuleResult] = []
    for name in names:
        error: KgsyncError | None = None
        try:
            del kept[_own_rule(kept, name)]
        except KgsyncError as fault:
            error = fault
        results.append(RuleResult(name, error))
    if len(kept) < len(model.constraints):
        save(writing, model, constraints=tuple(kept))
    return results


def _check_free(name: str, kept: Iterable[ExclusionRule]) -> None:
    check_name(name, "rule")
    if any(r.name == name for r in kept):
        raise Conflict(f"A constraint rule named {name!r} exists")


def _check_types(model: DataModel, names: Iterable[str], category: Category) -> None:
    for name in names:
        if model.find(category, name) is None:
            raise UnknownType(f"The {category.name.lower()} type {name!r} was not found in the data model")


def _own_rule(kept: Sequence[ExclusionRule], name: str) -> int:
    for place, rule in enumerate(kept):
        if rule.name == name:
            if rule.role is not RuleRole.REGULAR:
                raise Forbidden(f"The constraint rule {name!r} is the system's and cannot change")
            return place
    raise NotFound(f"The constraint rule {name!r} does not exist")


def _changed(
    model: DataModel, rule: ExclusionRule, change: RuleChange, others: Iterable[ExclusionRule]
) -> ExclusionRule:
    wanted = {name: getattr(change.replacement, name) for name in change.masked}
    if wanted.get("name", rule.name) != rule.name:
        _check_free(wanted["name"], others)
    for attribute, category in _CATEGORIES.items():
        members: SetChange = getattr(change, attribute)
        _check_types(model, members.add, category)
        wanted[attribute] = _with_members(getattr(rule, attribute), members)
    return replace(rule, **wanted)


def _with_members(types: TypeSet, change: SetChange) -> TypeSet:
    for name in change.remove:
        if name not in types.names:
            raise NotFound(f"The type {name!r} is no member of the set")
    left = [name for name in types.names if name not in change.remove]
    return replace(types, names=tuple(dict.fromkeys((*left, *change.add))))


def _warned(
    writing: Writing,
    model: DataModel,
    results: list[RuleResult],
    rules: Iterable[ExclusionRule],
    renamed: dict[str, str] | None = None,
) -> list[RuleResult]:
    """Say for each new or changed rule how many present relationships break it."""
    by_name = {rule.name: rule for rule in rules}
    if not by_name:
        return results
    patterns = writing.patterns()
    found: list[RuleResult] = []
    for result in results:
        rule = by_name.get((renamed or {}).get(result.name, result.name))
        broken = 0
        if rule is not None and result.error is None:
            broken = sum(count for types, count in patterns.items() if rule.excludes(*(model.label(t) for t in types)))
        warning = f"{broken} relationships that the rule {result.name!r} forbids are there already and stay"
        found.append(replace(result, warnings=(warning,) if broken else ()))
    return found
