"""What the audit log says: who did what, when, from where; hashes make every row vouch for all before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from kgsync.model.edits import Outcome
from kgsync.model.people import Principal

Fact = str | int | None
# What the first row of a chain stands on.
START = "0" * 64


class Action(StrEnum):
    """What is written down; never with secrets, values or geometry."""

    LOG_IN = "log in"
    LOG_IN_REFUSED = "log in refused"
    ISSUE_TOKEN = "issue token"
    REVOKE_TOKEN = "revoke token"
    ADD_USER = "add user"
    CHANGE_USER = "change user"
    CREATE_SERVICE = "create service"
    PUBLISH_LAYERS = "publish layers"
    SHARE = "share service"
    SWITCH_FEATURE = "switch feature"
    CHANGE_SERVICE = "change service"
    EDIT_DATA_MODEL = "edit data model"
    APPLY_EDITS = "apply edits"
    CREATE_REPLICA = "create replica"
    EXPORT = "export features"
    UPLOAD = "upload"
    DOWNLOAD = "download"
    UNREGISTER = "unregister replica"
    FETCH = "fetch archive"
    RESTORE = "restore conflict"
    ADD_FILE = "add file"
    DELETE_FILE = "delete file"
    TRIM = "trim change log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something done at `at` (wall clock ms); `facts` are counts, Moments and sizes."""

    at: int
    account: str
    address: str
    action: Action
    replica: UUID | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)


def event(
    who: Principal, action: Action, at: int, facts: Mapping[str, Fact] | None = None, *, replica: UUID | None = None
) -> Event:
    return Event(at=at, account=who.name, address=who.address, action=action, replica=replica, facts=facts or {})


def counted(outcome: Outcome) -> dict[str, Fact]:
    """Say what an upload came to: its Moment, and how many edits of each kind were made or refused."""
    counts: dict[str, Fact] = {"moment": outcome.moment.ms}
    for results in outcome.results:
        made = len(results.ids) - len(results.errors)
        for name, count in ((f"{results.op.name.lower()}s", made), ("refused", len(results.errors))):
            counts[name] = int(counts.get(name) or 0) + count
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of one chain: the service's, or the server's own under service id 0; numbers begin at 1."""

    service: int
    number: int
    event: Event
    hash: str

    def facts(self) -> dict[str, Any]:
        """Give the entry as an export shows it."""
        return {**_said(self.service, self.number, self.event), "hash": self.hash}


def _said(service: int, number: int, event: Event) -> dict[str, Any]:
    return {
        "service": service,
        "number": number,
        "at": event.at,
        "account": event.account,
        "address": event.address,
        "action": event.action.value,
        "replica": None if event.replica is None else str(event.replica),
        "facts": dict(event.facts),
    }


def chained(previous: str, service: int, number: int, event: Event) -> str:
    """Hash what an entry says onto the hash of the one before: SHA-256, 64 hex digits."""
    said = json.dumps(_said(service, number, event), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous}\n{said}".encode()).hexdigest()
