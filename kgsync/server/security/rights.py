"""Who may do what: one table, asked by the routes before a handler runs and by the verbs themselves.

The permission table of replicas is the contract's (developers.arcgis.com, kgs-replica-create); sharing and
roles narrow it.
"""

from __future__ import annotations

from enum import StrEnum

from kgsync.errors import Forbidden, NotFound
from kgsync.model.catalog import Service, Sharing
from kgsync.model.edits import ALL_EDITS, NO_EDITS, Capabilities, Op
from kgsync.model.people import Principal, Role
from kgsync.server.security.tokens import needed
from kgsync.sync.replicas import Registrar


class Need(StrEnum):
    """What a caller has to be or have for a route; docs/security.md explains each."""

    NOTHING = "nothing"
    SIGNED_IN = "signed in"
    OWN_CONTENT = "own content"
    ITEM = "own item, or a service that is shared"
    ACCESS = "access to the service"
    QUERY = "Query"
    EDIT = "edits"
    UPLOAD = "own uploads"
    REPLICAS = "own replicas"
    OWN_REPLICA = "the replica's owner"
    OWN_JOB = "the job's owner"
    SERVICE_OWNER = "the service's owner"
    LINK = "a signed link, or the replica's owner"


CALLERS = ("anonymous", "viewer", "contributor", "replica owner", "service owner", "administrator")
# What each of CALLERS gets, on a service shared with the organization that takes every capability: "yes" for
# whatever the route is about, "own" for what is theirs alone. A test asks every route as each of them.
PERMISSIONS = {
    Need.NOTHING: ("yes", "yes", "yes", "yes", "yes", "yes"),
    Need.SIGNED_IN: ("-", "yes", "yes", "yes", "yes", "yes"),
    Need.OWN_CONTENT: ("-", "-", "own", "own", "own", "yes"),
    Need.ITEM: ("-", "own", "own", "own", "own", "yes"),
    Need.ACCESS: ("-", "yes", "yes", "yes", "yes", "yes"),
    Need.QUERY: ("-", "yes", "yes", "yes", "yes", "yes"),
    Need.EDIT: ("-", "-", "yes", "yes", "yes", "yes"),
    Need.UPLOAD: ("-", "-", "yes", "yes", "yes", "yes"),
    Need.REPLICAS: ("-", "yes", "yes", "yes", "yes", "yes"),
    Need.OWN_REPLICA: ("-", "own", "own", "own", "yes", "yes"),
    Need.OWN_JOB: ("-", "own", "own", "own", "own", "yes"),
    Need.SERVICE_OWNER: ("-", "-", "-", "-", "yes", "yes"),
    Need.LINK: ("-", "own", "own", "own", "yes", "yes"),
}
# Needs that are not asked at the door: anybody may knock, and the handler looks at what they bring.
OPEN = frozenset((Need.NOTHING, Need.LINK))


def owns(service: Service, who: Principal) -> bool:
    """Say whether somebody may do anything to a service: its owner and administrators."""
    return who.administrator or (not who.anonymous and who.name == service.owner)


def has_access(service: Service, who: Principal) -> bool:
    """Say whether a service exists for somebody."""
    match service.settings.sharing:
        case Sharing.EVERYONE:
            return True
        case Sharing.ORGANIZATION:
            return not who.anonymous
        case Sharing.PRIVATE:
            return owns(service, who)


def edits_allowed(service: Service, who: Principal) -> Capabilities:
    """Say which edits somebody may make: owners all, contributors what the service takes, others none."""
    if owns(service, who):
        return ALL_EDITS
    return service.settings.edits() if who.role is not Role.VIEWER else NO_EDITS


def owned_only(service: Service, who: Principal) -> bool:
    """Say whether somebody may change only what they created themselves."""
    return service.settings.ownership.enabled and not owns(service, who)


def creator_seen(service: Service, who: Principal) -> str | None:
    """Give the account whose objects alone somebody sees: their own; None where they see all."""
    return who.name if service.settings.ownership.hides and not owns(service, who) else None


def may_query(service: Service, who: Principal) -> bool:
    return owns(service, who) or "Query" in service.settings.capabilities


def missing(service_path: str) -> NotFound:
    """Make the answer for a service that does not exist, or not for the caller."""
    return NotFound(f"The service {service_path} does not exist")


def require_signed_in(who: Principal) -> None:
    """Refuse who did not say who they are. Raises AuthenticationError (499)."""
    if who.anonymous:
        raise needed()


def require_contributor(who: Principal) -> None:
    """Refuse who may not bring anything in. Raises AuthenticationError, Forbidden."""
    require_signed_in(who)
    if who.role is Role.VIEWER:
        raise Forbidden("A viewer may look and download; ask an administrator for the role contributor")


def require_access(service: Service | None, service_path: str, who: Principal) -> Service:
    """Give the service when it exists for the caller. Raises NotFound, AuthenticationError (499) to nobody."""
    if service is not None and has_access(service, who):
        return service
    require_signed_in(who)
    raise missing(service_path)


def require_query(service: Service, who: Principal) -> None:
    """Raises Forbidden."""
    if not may_query(service, who):
        raise Forbidden("The service does not take queries from this user")


def require_edits(service: Service, who: Principal) -> Capabilities:
    """Give the edits allowed, at least one. Raises AuthenticationError, Forbidden."""
    allowed = edits_allowed(service, who)
    if not allowed.any:
        require_signed_in(who)
        raise Forbidden("The service does not take edits from this user")
    return allowed


def require_data_model_edit(service: Service, who: Principal, op: Op) -> None:
    """Refuse edits of the data model that reach objects the caller could not change one by one.

    Deleting a type or property takes values of every object, whoever created it. Raises AuthenticationError,
    Forbidden.
    """
    allowed = require_edits(service, who)
    if op is Op.ADD:
        return
    if not allowed.allows(op):
        raise Forbidden(f"The service does not allow {op.name.lower()}s, so its data model takes none from this user")
    if owned_only(service, who):
        raise Forbidden("Objects belong to who created them; only the owner of the service changes types they have")


def require_owner(service: Service, who: Principal) -> None:
    """Raises AuthenticationError, Forbidden."""
    if not owns(service, who):
        require_signed_in(who)
        raise Forbidden("Only administrators and the owner of the service may do this")


def require_replicas(service: Service, who: Principal) -> None:
    """Refuse who cannot have replicas: they need an owner, and a service to read. Raises what its parts raise."""
    require_signed_in(who)
    require_query(service, who)


def registrar(service: Service, who: Principal) -> Registrar:
    """Say what somebody may do with replicas. Raises what `require_replicas` raises."""
    require_replicas(service, who)
    return Registrar(
        user=who.name,
        sees_all=owns(service, who),
        may_edit=edits_allowed(service, who).any,
        creator=creator_seen(service, who),
    )


def require_own_content(name: str, who: Principal) -> None:
    """Refuse to act in somebody else's content. Raises AuthenticationError, Forbidden."""
    require_contributor(who)
    if name.lower() != who.name.lower() and not who.administrator:
        raise Forbidden("You cannot change the content of another user")


def require(need: Need, service: Service | None, names: dict[str, str], who: Principal) -> None:
    """Refuse a caller before a handler runs; what is only known inside (whose replica) the verbs ask themselves.

    Raises AuthenticationError, Forbidden.
    """
    match need:
        case Need.NOTHING | Need.LINK | Need.ITEM | Need.ACCESS:
            return
        case Need.SIGNED_IN:
            require_signed_in(who)
        case Need.OWN_CONTENT:
            require_own_content(names["user"], who)
        case Need.QUERY:
            require_query(_of(service), who)
        case Need.EDIT:
            require_edits(_of(service), who)
        case Need.UPLOAD:
            require_contributor(who)
        case Need.REPLICAS | Need.OWN_REPLICA:
            require_replicas(_of(service), who)
        case Need.OWN_JOB:
            require_signed_in(who)
        case Need.SERVICE_OWNER:
            require_owner(_of(service), who)


def _of(service: Service | None) -> Service:
    assert service is not None, "a route with this need names a service"
    return service
