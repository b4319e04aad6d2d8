"""Constraint rules: which relationships may not be.

A rule names three sets of types; a relationship whose origin, own and destination types fall in the
three sets is excluded. Rules know types by name, as the wire does, and follow renames.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from kgsync.errors import KgsyncError


class RuleRole(IntEnum):
    """Number what made a rule as ConstraintRuleRole does; all but REGULAR are the system's."""

    REGULAR = 1
    HAS_DOCUMENT = 2
    NO_PROVENANCE_ORIGIN = 3
    NO_PROVENANCE_DESTINATION = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSet:
    """These named types, or with `complement` all but these: empty means none, or all."""

    names: tuple[str, ...] = ()
    complement: bool = False

    def __contains__(self, name: str) -> bool:
        return (name in self.names) is not self.complement

    def renamed(self, old: str, new: str) -> TypeSet:
        return replace(self, names=tuple(new if name == old else name for name in self.names))

    def without(self, gone: str) -> TypeSet:
        return replace(self, names=tuple(name for name in self.names if name != gone))


EVERY_TYPE = TypeSet(complement=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionRule:
    """A relationship exclusion rule; a disabled one excludes nothing."""

    name: str
    alias: str = ""
    disabled: bool = False
    role: RuleRole = RuleRole.REGULAR
    origins: TypeSet = EVERY_TYPE
    relationships: TypeSet = EVERY_TYPE
    destinations: TypeSet = EVERY_TYPE

    def excludes(self, origin: str, relationship: str, destination: str) -> bool:
        """Say whether a relationship between types of these names is forbidden."""
        return (
            not self.disabled
            and origin in self.origins
            and relationship in self.relationships
            and destination in self.destinations
        )

    def renamed(self, old: str, new: str) -> ExclusionRule:
        """Follow a type that got another name."""
        return replace(
            self,
            origins=self.origins.renamed(old, new),
            relationships=self.relationships.renamed(old, new),
            destinations=self.destinations.renamed(old, new),
        )

    def without(self, gone: str) -> ExclusionRule:
        """Forget a type that left the model."""
        return replace(
            self,
            origins=self.origins.without(gone),
            relationships=self.relationships.without(gone),
            destinations=self.destinations.without(gone),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChange:
    """Names to add to a set's members and to remove from them; what a set is never changes."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A change of one rule: `masked` names attributes of ExclusionRule, the sets change by members."""

    rule_name: str
    replacement: ExclusionRule
    masked: frozenset[str] = frozenset()
    origins: SetChange = SetChange()
    relationships: SetChange = SetChange()
    destinations: SetChange = SetChange()


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What came of one rule of a request, in request order."""

    name: str
    error: KgsyncError | None = None
    warnings: tuple[str, ...] = ()
