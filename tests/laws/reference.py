"""The reference model: one networkx MultiDiGraph per Moment, and what a definition holds in it.

Entities are its nodes, relationships its edges by key; provenance records lie beside them. Values are
replaced, never changed in place: a frozen graph keeps those it had.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import networkx as nx

from kgsync.model.history import Moment
from kgsync.model.values import Value

# Object id to (type, values without nulls and object id, origin, destination).
Content = dict[UUID, tuple[str, tuple[tuple[str, Value], ...], UUID | None, UUID | None]]


def plain(values: dict[str, Value]) -> tuple[tuple[str, Value], ...]:
    """Compare values as clients do: null and absent are one; object ids are the server's own."""
    return tuple(sorted((n, v) for n, v in values.items() if v is not None and n not in ("objectid", "globalid")))


class Reference:
    """The present graph, and a frozen copy for every Moment."""

    def __init__(self, start: Moment) -> None:
        self.graph: Any = nx.MultiDiGraph()
        self.ends: dict[UUID, tuple[UUID, UUID]] = {}
        self.records: dict[UUID, dict[str, Any]] = {}  # owner, cited document or None, values
        self.at: dict[Moment, Any] = {}
        self.commit(start)

    def commit(self, moment: Moment) -> None:
        self.at[moment] = self.frozen()

    def frozen(self) -> Any:
        copy = self.graph.copy()
        copy.graph["records"] = {id: dict(record) for id, record in self.records.items()}
        return copy

    def go_back(self, moment: Moment) -> None:
        """Forget what came after a Moment, as a restore does."""
        self.at = {m: graph for m, graph in self.at.items() if m <= moment}
        self.graph = self.at[moment].copy()
        self.records = {id: dict(record) for id, record in self.graph.graph.pop("records").items()}
        self.ends.update({k: (o, d) for o, d, k in self.graph.edges(keys=True)})

    # ---- changes

    def add(self, id: UUID, type_name: str, values: dict[str, Value]) -> None:
        self.graph.add_node(id, type=type_name, values=dict(values))

    def connect(self, id: UUID, type_name: str, values: dict[str, Value], origin: UUID, dest: UUID) -> None:
        self.graph.add_edge(origin, dest, key=id, type=type_name, values=dict(values))
        self.ends[id] = (origin, dest)

    def update(self, id: UUID, values: dict[str, Value]) -> None:
        data = self.data(id)
        cleared = {n for n, v in values.items() if v is None and data["values"].get(n) is not None}
        data["values"] = {**data["values"], **values}
        self.forget_records(lambda r: r["owner"] == id and r["values"]["propertyName"] in cleared)

    def remove(self, id: UUID) -> set[UUID]:
        """Remove an object with its relationships, their records and its own; documents leave their records bare."""
        gone = {id}
        if id in self.graph:
            gone |= {k for _, _, k in (*self.graph.in_edges(id, keys=True), *self.graph.out_edges(id, keys=True))}
            self.graph.remove_node(id)
        else:
            self.graph.remove_edge(*self.ends[id], key=id)
        self.forget_records(lambda r: r["owner"] in gone)
        for record in self.records.values():
            if record["cited"] == id:
                record["cited"] = None
        return gone

    def forget_records(self, leaving: Callable[[dict[str, Any]], bool]) -> None:
        self.records = {id: record for id, record in self.records.items() if not leaving(record)}

    def rename_in_records(self, type_name: str, property_name: str | None, **new: str) -> None:
        """Let records follow a renamed type or property."""
        for record in self.records.values():
            values = record["values"]
            if values["typeName"] == type_name and property_name in (None, values["propertyName"]):
                record["values"] = {**values, **new}

    def data(self, id: UUID) -> dict[str, Any]:
        found: dict[str, Any] = self.graph.nodes[id] if id in self.graph else self.graph.edges[(*self.ends[id], id)]
        return found

    def nodes(self, type_name: str) -> list[UUID]:
        return sorted((n for n, d in self.graph.nodes(data=True) if d["type"] == type_name), key=lambda i: i.int)

    def edges(self, type_name: str) -> list[UUID]:
        found = (k for _, _, k, d in self.graph.edges(keys=True, data=True) if d["type"] == type_name)
        return sorted(found, key=lambda i: i.int)

    # ---- membership

    def members(self, moment: Moment, types: set[str]) -> Content:
        """Give the members at a Moment: entities of the types, relationships with both ends in."""
        graph = self.at[moment]
        found: Content = {}
        for node, data in graph.nodes(data=True):
            if data["type"] in types:
                found[node] = (data["type"], plain(data["values"]), None, None)
        for origin, dest, key, data in graph.edges(keys=True, data=True):
            if data["type"] in types and origin in found and dest in found:
                found[key] = (data["type"], plain(data["values"]), origin, dest)
        return found
