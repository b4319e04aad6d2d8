"""What differs between two archives: by operation, type, id and property, and nothing that only looks different."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from kgsync.client.comparison import BOTH, FIRST, SECOND, Comparison, RowDifference, model_differences
from kgsync.client.holdings import temporary_database
from kgsync.model.edits import Op
from kgsync.model.geometry import WGS84, Geometry, GeometryKind, SpatialReference, default_grid
from kgsync.model.schema import FieldType, Property
from kgsync.wire.pbf.archive_reader import opened_archive
from tests.archives import Given, save_rows, whole
from tests.graphs import KNOWS, PERSON, PLACE, uid

PEOPLE, PLACES, LINKS = whole(PERSON), whole(PLACE), whole(KNOWS)


def _compared(first: Path, second: Path) -> tuple[list[str], list[RowDifference]]:
    with ExitStack() as stack:
        readers = [
            stack.enter_context(opened_archive(stack.enter_context(path.open("rb")), path.name))
            for path in (first, second)
        ]
        comparison = Comparison(stack.enter_context(temporary_database()), *readers)
        comparison.load()
        return model_differences(*readers), list(comparison.differences())


def _short(differences: list[RowDifference]) -> list[tuple[str, str, UUID]]:
    return [(d.where, d.type_name, d.id) for d in differences]


def test_an_archive_is_the_same_as_itself_served_later(tmp_path: Path) -> None:
    rows: list[Given] = [(Op.ADD, PEOPLE, {k: {"name": f"n{k}"} for k in range(1, 50)}), (Op.ADD, LINKS, {90: {}})]
    later: list[Given] = [(op, t, dict(reversed(list(r.items())))) for op, t, r in reversed(rows)]
    assert _compared(save_rows(tmp_path / "a.zip", rows), save_rows(tmp_path / "b.zip", later, at=9_000)) == ([], [])


def test_rows_differ_by_id_and_property(tmp_path: Path) -> None:
    a = save_rows(tmp_path / "a.zip", [(Op.ADD, PEOPLE, {1: {"name": "x", "age": 1}, 2: {}, 3: {"age": 3}})])
    b = save_rows(tmp_path / "b.zip", [(Op.ADD, PEOPLE, {1: {"name": "y", "age": 1}, 3: {"age": 3}, 4: {}})])
    _, found = _compared(a, b)
    assert _short(found) == [(BOTH, "Person", uid(1)), (FIRST, "Person", uid(2)), (SECOND, "Person", uid(4))]
    assert [(p.name, p.first, p.second) for p in found[0].properties] == [("name", "x", "y")]


def test_an_add_and_an_update_of_one_object_are_compared(tmp_path: Path) -> None:
    a = save_rows(tmp_path / "a.zip", [(Op.ADD, PEOPLE, {1: {"name": "x"}})])
    b = save_rows(tmp_path / "b.zip", [(Op.UPDATE, PEOPLE, {1: {"name": "x"}})])
    _, (found,) = _compared(a, b)
    assert (found.where, found.op, found.other_op, found.properties) == (BOTH, Op.ADD, Op.UPDATE, ())


def test_a_delete_and_an_add_of_one_object_are_two_rows(tmp_path: Path) -> None:
    both: list[Given] = [(Op.DELETE, PEOPLE, {1: None}), (Op.ADD, PEOPLE, {1: {"name": "x"}})]
    a, b = save_rows(tmp_path / "a.zip", both), save_rows(tmp_path / "b.zip", both[:1])
    assert _short(_compared(a, b)[1]) == [(FIRST, "Person", uid(1))]
    assert _compared(a, a) == ([], [])


def test_other_end_points_are_told(tmp_path: Path) -> None:
    a = save_rows(tmp_path / "a.zip", [(Op.ADD, LINKS, {9: {}})], ends=(1, 2))
    b = save_rows(tmp_path / "b.zip", [(Op.ADD, LINKS, {9: {}})], ends=(1, 3))
    _, (found,) = _compared(a, b)
    assert [(p.name, p.first, p.second) for p in found.properties] == [("destination", uid(2), uid(3))]


def test_kinds_of_numbers_are_told_apart(tmp_path: Path) -> None:
    as_text = replace(PEOPLE, properties=tuple(_of_kind(p, "age", FieldType.DOUBLE) for p in PEOPLE.properties))
    a = save_rows(tmp_path / "a.zip", [(Op.ADD, PEOPLE, {1: {"age": 3}})])
    b = save_rows(tmp_path / "b.zip", [(Op.ADD, as_text, {1: {"age": 3.0}})])
    model, (found,) = _compared(a, b)
    assert model == ["type Person: property age: INTEGER → DOUBLE"]
    assert [repr(found.properties[0].first), repr(found.properties[0].second)] == ["3", "3.0"]


def _of_kind(p: Property, name: str, kind: FieldType) -> Property:
    return replace(p, field_type=kind) if p.name == name else p


def test_places_on_another_grid_are_the_same_places(tmp_path: Path) -> None:
    here = Geometry(GeometryKind.POINT, False, False, ((13.123456789, 52.5),))
    there = Geometry(GeometryKind.POINT, False, False, ((13.2, 52.5),))
    coarse = replace(default_grid(WGS84), scale_x=1e-6, scale_y=1e-6)
    rows = {1: {"shape": here}, 2: {"shape": here}}
    a = save_rows(tmp_path / "a.zip", [(Op.ADD, PLACES, dict(rows))])
    b = save_rows(tmp_path / "b.zip", [(Op.ADD, PLACES, {**rows, 2: {"shape": there}})], grid=coarse)
    assert _short(_compared(a, b)[1]) == [(BOTH, "Place", uid(2))]


def test_what_differs_in_the_data_model_is_told(tmp_path: Path) -> None:
    fewer = replace(PEOPLE, properties=PEOPLE.properties[:-1])
    a = save_rows(tmp_path / "a.zip", [(Op.ADD, PEOPLE, {}), (Op.ADD, PLACES, {})])
    web = SpatialReference(wkid=102100, latest_wkid=3857)
    b = save_rows(tmp_path / "b.zip", [(Op.ADD, fewer, {}), (Op.ADD, LINKS, {})], reference=web)
    assert _compared(a, b)[0] == [
        "spatial reference: 4326 → 102100",
        "type Person: property age: only in the first",
        "type Place: only in the first",
        "type Knows: only in the second",
    ]
