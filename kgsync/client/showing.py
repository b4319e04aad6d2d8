"""How the client's things look in a notebook: small tables, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from kgsync.model.schema import Category

if TYPE_CHECKING:
    from kgsync.client.local import LocalReplica
    from kgsync.client.syncing import Synced
    from kgsync.wire.pbf.archive_reader import ArchiveModel


def table(title: str, facts: Mapping[str, object]) -> str:
    """Make a table of names and facts."""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(fact))}</td></tr>" for name, fact in facts.items())
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"


def listing(title: str, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Make a table of rows under headers."""
    head = "".join(f"<th>{escape(header)}</th>" for header in headers)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{escape(title)}</caption><tr>{head}</tr>{body}</table>"


def replica_html(replica: LocalReplica) -> str:
    facts: dict[str, object] = {
        "service": replica.service_path,
        "direction": replica.direction.name.lower(),
        "as of": replica.sync_date or "not synchronized yet",
        "waiting to be sent": len(replica.pending),
        "rejected": len(replica.rejected),
        "conflicts": len(replica.conflicts),
    }
    shown = table(f"Replica {replica.name}", facts)
    return shown + listing("Objects", ("type", "count"), replica.counts().items() if replica.ready else ())


def synced_html(synced: Synced) -> str:
    facts: dict[str, object] = {
        "as of": synced.sync_date,
        "edits answered": synced.uploaded,
        "edits rejected": synced.rejected,
        "objects that came": synced.rows,
        "conflicts": synced.conflicts,
    }
    return table("Snapshot" if synced.snapshot else "Delta", facts)


def model_html(path: str, model: ArchiveModel) -> str:
    rows = [
        (t.name, t.category.name.lower(), ", ".join(p.name for p in t.properties))
        for t in model.types
        if t.category is not Category.PROVENANCE
    ]
    return listing(f"Service {path}", ("type", "kind", "properties"), rows)


class Conflicts(list[str]):
    """What was overwritten, newest last; a table in a notebook."""

    def _repr_html_(self) -> str:
        return listing("Conflicts", ("what was overwritten",), ([text] for text in self))
