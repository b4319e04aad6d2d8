"""Changes of a data model as callers ask for them: replacements with the attributes they mean.

Clients fill in members they do not mean (a field type of string, a role), so every change carries
the set of attributes its mask named; only those apply.
"""

from __future__ import annotations

from dataclasses import dataclass

from kgsync.errors import KgsyncError
from kgsync.model.schema import Domain, NamedType, Property


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeChange:
    """`masked` names attributes of NamedType: name, alias, role, strict."""

    replacement: NamedType
    masked: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyChange:
    """`masked` names attributes of Property, e.g. name, field_type, nullable."""

    property_name: str
    replacement: Property
    masked: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainChange:
    """`masked` names attributes of Domain; "codes" stands for its codes or range."""

    replacement: Domain
    masked: frozenset[str]


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What came of one item of a request, in request order."""

    name: str
    error: KgsyncError | None = None
