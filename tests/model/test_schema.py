"""Finding types, properties and domains in a data model."""

from __future__ import annotations

import pytest

from kgsync.errors import Code, UnknownType
from kgsync.model.catalog import Service, ServiceSettings
from kgsync.model.edits import Capabilities
from kgsync.model.schema import (
    Category,
    DataModel,
    Domain,
    FieldType,
    NamedType,
    Property,
    RetiredType,
    system_properties,
)

AGE = Property(id=11, name="age", field_type=FieldType.INTEGER)
PERSON = NamedType(id=1, name="Person", category=Category.ENTITY, properties=(AGE,), shape=1)
KNOWS = NamedType(id=2, name="Knows", category=Category.RELATIONSHIP, properties=(), shape=1)
GONE = RetiredType(id=3, name="Place", category=Category.ENTITY)
COLOURS = Domain(name="colours", field_type=FieldType.STRING, codes=(("red", "r"),))
MODEL = DataModel(types=(PERSON, KNOWS), domains=(COLOURS,), retired=(GONE,))


def test_types_are_found_by_category_and_exact_name() -> None:
    assert MODEL.find(Category.ENTITY, "Person") is PERSON
    assert MODEL.find(Category.RELATIONSHIP, "Person") is None
    assert MODEL.find(Category.ENTITY, "person") is None


def test_types_are_found_by_name_in_either_category() -> None:
    assert MODEL.named("Person") is PERSON
    assert MODEL.named("Knows") is KNOWS
    assert MODEL.named("Place") is None


def test_types_are_found_by_id_while_they_live() -> None:
    assert MODEL.type(2) is KNOWS
    assert MODEL.type(3) is None


def test_an_unknown_name_is_an_error_with_the_contracts_code() -> None:
    with pytest.raises(UnknownType, match="'Place'") as caught:
        MODEL.require("Place")

    assert caught.value.code is Code.UNKNOWN_TYPE


def test_a_retired_type_keeps_its_label_and_category() -> None:
    assert (MODEL.label(1), MODEL.label(3)) == ("Person", "Place")
    kinds = (Category.ENTITY, Category.RELATIONSHIP, Category.ENTITY)
    assert tuple(MODEL.category(id) for id in (1, 2, 3)) == kinds


def test_properties_and_domains_are_found_by_name() -> None:
    assert PERSON.property("age") is AGE
    assert PERSON.property("Age") is None
    assert MODEL.domain("colours") is COLOURS
    assert MODEL.domain("shapes") is None


def test_models_compare_by_content() -> None:
    assert DataModel(types=(PERSON,)) == DataModel(types=(PERSON,))
    assert DataModel(types=(PERSON,)) != DataModel(types=(KNOWS,))


def test_system_properties_are_objectid_and_globalid_with_ids_in_a_row() -> None:
    objectid, globalid = system_properties(40)

    assert [(p.id, p.name, p.field_type) for p in (objectid, globalid)] == [
        (40, "objectid", FieldType.OID),
        (41, "globalid", FieldType.GLOBAL_ID),
    ]
    assert all(p.system and p.required and not p.nullable and not p.editable for p in (objectid, globalid))


@pytest.mark.parametrize(
    ("named", "create", "update", "delete"),
    [
        (("Query",), False, False, False),
        (("Editing",), True, True, True),
        (("Create", "Editing"), True, False, False),
        (("Create", "Update", "Delete"), True, True, True),
        (("Update",), False, True, False),
    ],
)
def test_editing_stands_for_all_edits_unless_some_are_named(
    named: tuple[str, ...], create: bool, update: bool, delete: bool
) -> None:
    allowed = ServiceSettings(capabilities=named).edits()

    assert allowed == Capabilities(create=create, update=update, delete=delete)


@pytest.mark.parametrize(("folder", "path"), [("", "World"), ("Hosted", "Hosted/World")])
def test_a_service_path_starts_with_its_folder(folder: str, path: str) -> None:
    settings = ServiceSettings()
    service = Service(id=1, folder=folder, name="World", owner="o", item="i", settings=settings, created=0)

    assert service.path == path
