"""Constraint rules: which relationships they keep out, and how they are edited."""

from __future__ import annotations

import pytest

from kgsync.errors import Code, Conflict, Forbidden, MalformedInput, NotFound, UnknownType
from kgsync.model.catalog import Feature
from kgsync.model.edits import Op
from kgsync.model.rules import EVERY_TYPE, ExclusionRule, RuleChange, RuleResult, SetChange, TypeSet
from kgsync.model.schema import Category
from kgsync.model.schema_edits import TypeChange
from kgsync.sync import datamodel
from kgsync.sync.rules import add_rules, delete_rules, update_rules
from tests.graphs import CODEC, Graph, add, connect, entity, link, named_type


def only(*names: str) -> TypeSet:
    return TypeSet(names=names)


def but(*names: str) -> TypeSet:
    return TypeSet(names=names, complement=True)


def rule(
    name: str = "r", origins: TypeSet = EVERY_TYPE, links: TypeSet = EVERY_TYPE, dests: TypeSet = EVERY_TYPE
) -> ExclusionRule:
    return ExclusionRule(name=name, origins=origins, relationships=links, destinations=dests)


def change(name: str, *masked: str, to: ExclusionRule | None = None, **sets: SetChange) -> RuleChange:
    return RuleChange(rule_name=name, replacement=to or rule(name), masked=frozenset(masked), **sets)


@pytest.fixture
def peopled(graph: Graph) -> Graph:
    """Persons 1 and 2, place 3."""
    graph.apply(entity(Op.ADD, "Person", add(1), add(2)), entity(Op.ADD, "Place", add(3)))
    return graph


def kept_out(graph: Graph, *adds: tuple[str, int, int]) -> list[bool]:
    """Say for each (type, origin, destination) whether a rule kept it out."""
    out = []
    for number, (name, origin, dest) in enumerate(adds):
        outcome = graph.apply(
            link(Op.ADD, name, connect(1000 + 100 * origin + 10 * dest + number, origin, dest)), fails=True
        )
        errors = outcome.at(Op.ADD, Category.RELATIONSHIP, name).errors
        assert {e.code for e in errors.values()} <= {Code.EDIT_RULE}
        out.append(bool(errors))
    return out


@pytest.mark.parametrize(
    ("wanted", "out"),
    [
        (rule(), [True, True, True]),
        (rule(origins=only()), [False, False, False]),
        (rule(links=only("Knows"), dests=only("Person")), [True, False, False]),
        (rule(links=only("LivesIn"), dests=but("Place")), [False, False, False]),
        (rule(links=but("Knows")), [False, False, True]),
        (rule(links=only("Knows"), dests=but("Person")), [False, True, False]),
        (rule(origins=only("Place")), [False, False, False]),
        (rule(origins=but("Place", "Person")), [False, False, False]),
    ],
)
def test_a_relationship_whose_three_types_fall_in_the_sets_is_kept_out(
    peopled: Graph, wanted: ExclusionRule, out: list[bool]
) -> None:
    peopled.edit(add_rules, [wanted])
    assert kept_out(peopled, ("Knows", 1, 2), ("Knows", 1, 3), ("LivesIn", 1, 3)) == out


def test_the_error_names_the_rule_and_the_good_edits_stay(peopled: Graph) -> None:
    peopled.edit(add_rules, [rule("people_know_people", links=only("Knows"), dests=but("Person"))])
    outcome = peopled.apply(link(Op.ADD, "Knows", connect(10, 1, 2), connect(11, 1, 3)), fails=True)
    results = outcome.at(Op.ADD, Category.RELATIONSHIP, "Knows")
    assert list(results.errors) == [1]
    for word in ("people_know_people", "Person", "Place"):
        assert word in results.errors[1].message


def test_a_disabled_rule_keeps_nothing_out(peopled: Graph) -> None:
    peopled.edit(add_rules, [ExclusionRule(name="r", disabled=True)])
    assert kept_out(peopled, ("Knows", 1, 2)) == [False]
    (result,) = peopled.edit(update_rules, [change("r", "disabled")])
    assert result.warnings == ("1 relationships that the rule 'r' forbids are there already and stay",)
    assert kept_out(peopled, ("LivesIn", 1, 3)) == [True]


def test_what_was_there_before_its_rule_stays_and_is_warned_of(peopled: Graph) -> None:
    peopled.apply(link(Op.ADD, "Knows", connect(10, 1, 2), connect(11, 2, 1)))
    results = peopled.edit(add_rules, [rule("everything"), rule("nothing", origins=only("Place"))])
    assert [len(r.warnings) for r in results] == [1, 0]
    assert "2 relationships" in results[0].warnings[0]
    peopled.apply(link(Op.ADD, "Knows", connect(10, 1, 2)))  # the same content again


def test_one_bad_rule_does_not_cost_the_good_ones(graph: Graph) -> None:
    results = graph.edit(
        add_rules,
        [
            rule("good"),
            rule("good"),
            rule("two words"),
            rule("ghost", origins=only("Ghost")),
            rule("mixed", origins=only("Knows")),
            rule("esri__x"),
        ],
    )
    kinds = [None if r.error is None else type(r.error) for r in results]
    assert kinds == [None, Conflict, MalformedInput, UnknownType, UnknownType, MalformedInput]
    assert [r.name for r in graph.model().constraints] == ["good"]


def test_only_masked_attributes_and_members_change(graph: Graph) -> None:
    graph.edit(add_rules, [rule("r", origins=only("Person"), dests=but("Place"))])
    new = ExclusionRule(name="s", alias="S", disabled=True)
    (result,) = graph.edit(
        update_rules,
        [
            change(
                "r",
                "name",
                to=new,
                origins=SetChange(add=("Place",), remove=("Person",)),
                destinations=SetChange(remove=("Place",)),
            )
        ],
    )
    assert result.error is None
    assert graph.model().constraints == (rule("s", origins=only("Place"), dests=but()),)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (change("ghost"), NotFound),
        (change("r", "name", to=rule("other")), Conflict),
        (change("r", origins=SetChange(add=("Ghost",))), UnknownType),
        (change("r", origins=SetChange(remove=("Place",))), NotFound),
        (change("esri__HasDocument", "disabled"), Forbidden),
    ],
)
def test_a_change_that_cannot_be_leaves_its_rule(graph: Graph, wanted: RuleChange, error: type[Exception]) -> None:
    graph.switch(Feature.DOCUMENTS)
    graph.edit(add_rules, [rule("r", origins=only("Person")), rule("other")])
    before = graph.model().constraints
    (result,) = graph.edit(update_rules, [wanted])
    assert isinstance(result.error, error)
    assert graph.model().constraints == before


def test_names_in_one_request_must_be_unique(graph: Graph) -> None:
    graph.edit(add_rules, [rule("r")])
    with pytest.raises(MalformedInput, match="twice"):
        graph.edit(update_rules, [change("r"), change("r")])


def test_rules_are_deleted_each_on_its_own(graph: Graph) -> None:
    graph.switch(Feature.PROVENANCE)
    graph.edit(add_rules, [rule("a"), rule("b")])
    results: list[RuleResult] = graph.edit(delete_rules, ["a", "a", "esri__NoProvenanceOrigin"])
    assert [type(r.error) for r in results] == [type(None), NotFound, Forbidden]
    assert "b" in {r.name for r in graph.model().constraints}


def test_rules_follow_renamed_types_and_forget_deleted_ones(peopled: Graph) -> None:
    peopled.edit(add_rules, [rule("r", links=only("Knows", "LivesIn"), dests=but("Person"))])
    human = TypeChange(replacement=named_type("Human", Category.ENTITY, {}), masked=frozenset({"name"}))
    peopled.edit(datamodel.update_type, "Person", human, CODEC)
    peopled.edit(datamodel.delete_type, "LivesIn")
    assert peopled.model().constraints == (rule("r", links=only("Knows"), dests=but("Human")),)
    assert kept_out(peopled, ("Knows", 1, 2), ("Knows", 1, 3)) == [False, True]


def test_rules_change_the_timestamp_of_the_model(graph: Graph) -> None:
    before = graph.model().timestamp
    graph.edit(add_rules, [rule("r")])
    assert graph.model().timestamp > before
