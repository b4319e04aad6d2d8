"""Which delta carried it: what the deltas between known dates say of one object, and what the next one will."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from uuid import UUID

import pytest

from kgsync.model.digest import Digest
from kgsync.model.edits import Op
from kgsync.model.history import Moment
from kgsync.model.replica import Definition, Replica
from kgsync.model.schema import Category, FieldType, Property
from kgsync.model.schema_edits import PropertyChange, TypeChange
from kgsync.store.base import KeptDigest
from kgsync.sync import datamodel
from kgsync.sync.carried import Carriage
from kgsync.sync.why import why
from tests.graphs import CODEC, Graph, add, change, connect, entity, gone, link, named_type, tablet, uid

REPLICA = UUID(int=0xBEEF)

Told = list[tuple[Moment, Moment, tuple[Op, ...]]]


@dataclass
class Tablet:
    """A replica of people over 30, and whom they know, that is served whenever a test says so."""

    graph: Graph
    definition: Definition
    dates: list[Moment] = field(default_factory=list)

    @classmethod
    def of(cls, graph: Graph, *types: str, clause: str = "n.age > 30") -> Tablet:
        where = {"Person": clause} if clause else {}
        return cls(graph, graph.bound(*(types or ("Person", "Knows")), where=where))

    def served(self) -> Moment:
        """Take a snapshot, then deltas, without ever showing a date."""
        date = self.graph.clock()
        with self.graph.store.registering(self.graph.service.id) as registering:
            if not self.dates:
                registering.add_replica(self._replica(date))
            registering.note_contact(REPLICA, date, None, 1)
            registering.put_digest(REPLICA, KeptDigest(date, 1, Digest()))
        self.dates.append(date)
        return date

    def shown(self, date: Moment) -> None:
        with self.graph.store.registering(self.graph.service.id) as registering:
            registering.note_contact(REPLICA, None, date, 1)

    def _replica(self, served: Moment) -> Replica:
        return tablet(self.definition, served=served)

    def asked(self, number: int) -> Carriage:
        with self.graph.store.reading(self.graph.service.id) as reading:
            replica = reading.replica(REPLICA)
            assert replica is not None
            return why(reading, replica, uid(number), CODEC).carriage

    def told(self, number: int) -> Told:
        """Give what was said of an object by deltas that said anything, the coming one last."""
        found = self.asked(number)
        every = [*found.said, *([found.coming] if found.coming else [])]
        return [(each.span.after, each.span.upto, each.operations) for each in every if each.operations]


@pytest.fixture
def people(graph: Graph) -> Graph:
    """Ann (1) is 40, Bob (2) is 5, and Ann knows Bob (3)."""
    graph.apply(entity(Op.ADD, "Person", add(1, age=40), add(2, age=5)), link(Op.ADD, "Knows", connect(3, 1, 2)))
    return graph


def test_what_was_there_first_came_at_or_before_the_oldest_known_date(people: Graph) -> None:
    tablet = Tablet.of(people)
    first = tablet.served()
    people.apply(entity(Op.ADD, "Person", add(4, age=50)))
    tablet.served()
    found = tablet.asked(1)
    assert (found.known_from, found.held_then, tablet.told(1)) == (first, True, [])
    assert [each.operations for each in found.said] == [()]
    assert found.coming is not None
    assert found.coming.operations == ()


def test_a_relationship_comes_with_the_end_that_entered_though_nobody_edited_it(people: Graph) -> None:
    tablet = Tablet.of(people)
    dates = [tablet.served()]
    for edit in (change(1, name="Ann"), change(2, age=50), change(1, name="A"), change(2, age=1)):
        people.apply(entity(Op.UPDATE, "Person", edit))
        dates.append(tablet.served())
    assert tablet.told(3) == [(dates[1], dates[2], (Op.ADD,)), (dates[3], dates[4], (Op.DELETE,))]
    assert tablet.told(1) == [(dates[0], dates[1], (Op.UPDATE,)), (dates[2], dates[3], (Op.UPDATE,))]
    assert not tablet.asked(3).held_then


def test_the_next_delta_says_what_was_not_served_yet(people: Graph) -> None:
    tablet = Tablet.of(people)
    served = tablet.served()
    people.apply(entity(Op.UPDATE, "Person", change(2, age=50)))
    now = people.apply(entity(Op.DELETE, "Person", gone(1))).moment
    people.apply(entity(Op.UPDATE, "Person", change(2, name="Bob")))
    assert tablet.told(2) == [(served, people.clock(), (Op.ADD,))]
    assert tablet.told(1) == [(served, people.clock(), (Op.DELETE,))]
    assert now < people.clock()


def test_what_never_passed_the_clause_is_in_no_delta(people: Graph) -> None:
    tablet = Tablet.of(people)
    tablet.served()
    people.apply(entity(Op.UPDATE, "Person", change(2, age=6)))
    tablet.served()
    people.apply(entity(Op.DELETE, "Person", gone(2)))
    tablet.served()
    assert (tablet.asked(2).held_then, tablet.told(2), tablet.told(3)) == (False, [], [])


def test_what_is_of_another_type_or_unknown_is_in_no_delta(people: Graph) -> None:
    tablet = Tablet.of(people)
    tablet.served()
    people.apply(entity(Op.ADD, "Place", add(9)))
    tablet.served()
    for number in (9, 77):
        assert (tablet.asked(number).held_then, tablet.told(number)) == (False, [])


def test_a_deleted_object_was_carried_and_taken_away(people: Graph) -> None:
    tablet = Tablet.of(people)
    first = tablet.served()
    people.apply(entity(Op.ADD, "Person", add(4, age=60)))
    second = tablet.served()
    people.apply(entity(Op.DELETE, "Person", gone(4), gone(1)))
    third = tablet.served()
    assert tablet.told(4) == [(first, second, (Op.ADD,)), (second, third, (Op.DELETE,))]
    assert (tablet.told(1), tablet.asked(1).held_then) == ([(second, third, (Op.DELETE,))], True)


def test_a_version_that_came_and_went_between_two_dates_is_in_no_delta(people: Graph) -> None:
    tablet = Tablet.of(people)
    tablet.served()
    people.apply(entity(Op.ADD, "Person", add(4, age=60)))
    people.apply(entity(Op.DELETE, "Person", gone(4)))
    tablet.served()
    assert tablet.told(4) == []


def test_nothing_is_said_of_dates_that_are_no_longer_kept(people: Graph) -> None:
    tablet = Tablet.of(people)
    tablet.served()
    people.apply(entity(Op.ADD, "Person", add(4, age=60)))
    shown = tablet.served()
    tablet.shown(shown)
    people.apply(entity(Op.UPDATE, "Person", change(1, name="x")))
    tablet.served()
    found = tablet.asked(4)
    assert (found.known_from, found.held_then, tablet.told(4)) == (shown, True, [])


def test_below_the_trim_floor_nothing_is_known(people: Graph) -> None:
    tablet = Tablet.of(people)
    tablet.served()
    people.apply(entity(Op.UPDATE, "Person", change(1, name="x")))
    with people.store.registering(people.service.id) as registering:
        registering.raise_floor(people.clock())
    found = tablet.asked(1)
    assert (found.known_from, found.held_then, found.said, found.coming) == (None, False, (), None)


def test_an_update_nobody_could_see_was_not_sent(people: Graph) -> None:
    tablet = Tablet.of(people, clause="")
    first = tablet.served()
    size = Property(id=0, name="size", field_type=FieldType.INTEGER)
    people.edit(datamodel.add_properties, "Person", [size], CODEC)
    people.apply(entity(Op.UPDATE, "Person", change(1, size=3)))
    people.edit(datamodel.delete_property, "Person", "size")
    second = tablet.served()
    assert tablet.told(1) == []
    people.apply(entity(Op.UPDATE, "Person", change(1, name="x")))
    assert tablet.told(1) == [(second, people.clock(), (Op.UPDATE,))]
    assert first < second


def test_past_deltas_are_told_by_the_data_model_they_were_made_under(people: Graph) -> None:
    tablet = Tablet.of(people, clause="")
    dates = [tablet.served()]
    people.apply(entity(Op.UPDATE, "Person", change(1, name="x")))
    dates.append(tablet.served())
    nom = PropertyChange(
        property_name="name",
        replacement=Property(id=0, name="nom", field_type=FieldType.STRING),
        masked=frozenset({"name"}),
    )
    people.edit(datamodel.update_property, "Person", nom, CODEC)
    dates.append(tablet.served())
    human = TypeChange(replacement=named_type("Human", Category.ENTITY, {}), masked=frozenset({"name"}))
    people.edit(datamodel.update_type, "Person", human, CODEC)
    dates.append(tablet.served())
    people.edit(datamodel.delete_type, "Human")
    dates.append(tablet.served())
    spans = pairwise(dates)
    said = [(Op.UPDATE,), (Op.UPDATE,), (Op.DELETE, Op.ADD), (Op.DELETE,)]
    assert tablet.told(1) == [(*span, operations) for span, operations in zip(spans, said, strict=True)]
