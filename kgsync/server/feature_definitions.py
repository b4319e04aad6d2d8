"""What the layers of a feature replica hold, as a definition of the engine's: SQL-92 and a geometry become a clause.

The rules of layerQueries are those of the createReplica operation: `none` holds nothing by a filter, `useFilter`
what the condition and the geometry select, `all` every row.
"""

from __future__ import annotations

from kgsync.errors import MalformedInput
from kgsync.filters.check import check
from kgsync.filters.literals import write_name
from kgsync.filters.sql92 import Names, parse_sql92
from kgsync.filters.text import unparse
from kgsync.model.feature_replica import FeatureFace, LayerQuery, QueryOption
from kgsync.model.geometry import Geometry, default_grid
from kgsync.model.layers import Published
from kgsync.model.replica import Definition, TypeDefinition
from kgsync.model.schema import Category
from kgsync.server.layers import FeatureService
from kgsync.server.parts import Wire
from kgsync.wire.esrijson.fields import geometry_property

_AREA = "area"


def definition_of(found: FeatureService, face: FeatureFace, area: Geometry | None, wire: Wire, now: int) -> Definition:
    """Make the definition a replica is served by; `now` (wall clock ms) is what CURRENT_DATE of a condition is.

    Raises MalformedInput naming the parameter, NotFound for a layer there is not.
    """
    reference = face.in_sr or found.model.spatial_reference
    grid = default_grid(reference)
    parameters = () if area is None else wire.write_parameters({_AREA: area}, grid)
    types = []
    for query in face.layers:
        layer = found.layer(query.layer)
        if query.option is QueryOption.NONE:
            continue
        clause, uses_area = _clause(found, layer, query, area is not None, now)
        types.append(
            TypeDefinition(
                name=layer.type.name,
                category=Category.ENTITY,
                where=clause,
                parameters=parameters if uses_area else (),
                documents=face.returns_attachments and layer.attachments,
            )
        )
    return Definition(types=tuple(types), input_grid=grid, in_sr=face.in_sr)


def _clause(found: FeatureService, layer: Published, query: LayerQuery, has_area: bool, now: int) -> tuple[str, bool]:
    """Write what a layer's rows have to fulfil, and say whether the area is part of it."""
    if query.option is QueryOption.ALL:
        return "", False
    texts = []
    if query.where.strip():
        try:
            texts.append(unparse(parse_sql92(query.where, Names.of(layer.type, now))))
            check(texts[0], found.model, layer.type, {})
        except MalformedInput as error:
            raise MalformedInput(error.message, place=f"layerQueries.{layer.id}.where") from None
    shape = geometry_property(layer.type)
    uses_area = query.use_geometry and has_area and shape is not None
    if uses_area and shape is not None:
        texts.append(f"esri.graph.ST_Intersects(n.{write_name(shape.name)}, ${_AREA})")
    return " AND ".join(f"({text})" for text in texts), uses_area
