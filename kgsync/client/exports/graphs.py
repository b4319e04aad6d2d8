"""A replica as a graph of networkx, and as GraphML. Needs the extra [networkx]."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgsync.client.exports.extras import needed
from kgsync.client.local import LocalReplica
from kgsync.client.objects import Object, from_python
from kgsync.model.geometry import Geometry
from kgsync.model.plain import plain
from kgsync.model.schema import Category
from kgsync.wire.geojson import to_geojson

if TYPE_CHECKING:
    from networkx import MultiDiGraph

LABEL = "label"


def attributes(found: Object) -> dict[str, Any]:
    """Give properties by name and the type as `label`; a property of that name is `label_`."""
    return {LABEL: found.type, **{f"{n}_" if n == LABEL else n: value for n, value in found.properties.items()}}


def to_networkx(replica: LocalReplica) -> MultiDiGraph:
    """Make a MultiDiGraph: nodes and edge keys are ids as text, attributes the properties and `label`."""
    graph: MultiDiGraph = needed("networkx", "networkx").MultiDiGraph()
    for found in replica.objects():
        if found.category is Category.RELATIONSHIP:
            graph.add_edge(str(found.origin), str(found.destination), key=str(found.id), **attributes(found))
        elif found.category is Category.ENTITY:
            graph.add_node(str(found.id), **attributes(found))
    return graph


def write_graphml(replica: LocalReplica, path: str | Path) -> None:
    """Write GraphML, which other graph programs read: nulls are left out, dates and geometry are text."""
    networkx = needed("networkx", "networkx")
    graph = networkx.MultiDiGraph()
    for node, given in (made := to_networkx(replica)).nodes(data=True):
        graph.add_node(node, **_flat(given))
    for origin, destination, key, given in made.edges(keys=True, data=True):
        graph.add_edge(origin, destination, key=key, **_flat(given))
    # The standard library's writer: lxml's would be one more thing to install.
    networkx.write_graphml_xml(graph, path, named_key_ids=False)


def _flat(given: dict[str, Any]) -> dict[str, Any]:
    return {name: as_text(value) for name, value in given.items() if value is not None}


def as_text(value: Any) -> Any:
    """Give text, numbers and truths as they are; what GraphML has no kind for as text that is read back."""
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Geometry):
        return json.dumps(to_geojson(value))
    told = plain(from_python(value))
    return told if isinstance(told, str) else json.dumps(told)
