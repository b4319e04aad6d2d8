"""Trimming: which date counts, who becomes stale, what goes, and that no answer at or above the floor changes."""

from __future__ import annotations

import uuid
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from kgsync.errors import Code, MalformedInput, SnapshotRequired
from kgsync.model.edits import Op, Outcome
from kgsync.model.history import ORIGIN, Moment
from kgsync.model.replica import Direction, Replica
from kgsync.model.schema import FieldType, Property
from kgsync.model.trim import TrimBefore, Trimmed, TrimMode, TrimPreserving, TrimStatistics
from kgsync.server.upkeep import TrimPolicy, trim_by_policy, trim_service
from kgsync.store.tables import digest
from kgsync.sync import datamodel, once, trim
from tests.graphs import CODEC, Graph, LocalReplica, add, change, entity, gone

DAY = 86_400_000
WALL = 500 * DAY


def _replica(graph: Graph, served: Moment, **more: object) -> UUID:
    made = Replica(
        id=uuid.uuid4(),
        name=uuid.uuid4().hex,
        requested_name="",
        owner="ann",
        direction=Direction.BIDIRECTIONAL,
        definition=graph.bound(),
        created=0,
        served=served,
        presented=ORIGIN,
        last_contact=WALL,
    )
    made = replace(made, **more)  # type: ignore[arg-type]  # fields of a Replica
    with graph.store.registering(graph.service.id) as registering:
        registering.add_replica(made)
    return made.id


def _trim(graph: Graph, mode: TrimMode, wall: int = WALL) -> Trimmed:
    return trim_service(graph.store, graph.service.id, mode, wall)


def _edited(graph: Graph, times: int = 5) -> list[Moment]:
    """Add an object and change it again and again; give the Moments."""
    moments = [graph.apply(entity(Op.ADD, "Person", add(1, name="0"))).moment]
    for number in range(1, times):
        graph.wall += 1_000
        moments.append(graph.apply(entity(Op.UPDATE, "Person", change(1, name=str(number)))).moment)
    return moments


def _floor(graph: Graph) -> Moment:
    with graph.store.reading(graph.service.id) as reading:
        return reading.floor()


def _total(graph: Graph) -> int:
    with graph.store.reading(graph.service.id) as reading:
        return reading.count_history([])[1]


def test_a_replica_served_at_the_date_still_syncs_by_delta(graph: Graph) -> None:
    moments = _edited(graph)
    everything = graph.bound()
    before = graph.delta(everything, moments[2])
    done = _trim(graph, TrimBefore(date=moments[2]))
    assert done.rows == 1, "the version closed at moments[1] goes, the one closed at the date stays"
    assert graph.delta(everything, moments[2]).steps == before.steps
    with pytest.raises(SnapshotRequired, match="snapshot"):
        graph.delta(everything, moments[1])


def test_the_version_a_later_delta_compares_with_stays(graph: Graph) -> None:
    moments = _edited(graph)
    _trim(graph, TrimBefore(date=moments[3]))
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="3")))
    archive = graph.delta(graph.bound(), moments[3])
    assert archive.steps == [], "there and back is no change, and only history can tell"


def test_without_force_stale_replicas_stop_a_trim_and_nothing_changes(graph: Graph) -> None:
    moments = _edited(graph)
    late, current = _replica(graph, moments[1]), _replica(graph, moments[3])
    before, floor = _total(graph), _floor(graph)
    done = _trim(graph, TrimBefore(date=moments[3]))
    assert done.error is not None
    assert done.error.code == Code.CONFLICT
    assert (done.stale, done.unregistered, done.rows) == ((late,), (), 0)
    assert (_total(graph), _floor(graph)) == (before, floor)
    with graph.store.reading(graph.service.id) as reading:
        assert {r.id for r in reading.replicas()} == {late, current}


def test_with_force_stale_replicas_stay_registered_and_need_a_snapshot(graph: Graph) -> None:
    moments = _edited(graph)
    late = _replica(graph, moments[1])
    done = _trim(graph, TrimBefore(date=moments[3], force=True))
    assert (done.error, done.stale, done.unregistered) == (None, (late,), ())
    with graph.store.reading(graph.service.id) as reading:
        assert reading.replica(late) is not None
    with pytest.raises(SnapshotRequired):
        graph.delta(graph.bound(), moments[1])
    graph.snapshot(graph.bound())


def test_with_force_and_unregister_only_the_stale_ones_go(graph: Graph) -> None:
    moments = _edited(graph)
    late, current = _replica(graph, moments[1]), _replica(graph, moments[3])
    done = _trim(graph, TrimBefore(date=moments[3], force=True, unregister=True))
    assert (done.stale, done.unregistered) == ((), (late,))
    with graph.store.reading(graph.service.id) as reading:
        assert [r.id for r in reading.replicas()] == [current]


def test_upload_replicas_are_never_stale_and_preserve_nothing(graph: Graph) -> None:
    moments = _edited(graph)
    _replica(graph, moments[0], direction=Direction.UPLOAD)
    assert _trim(graph, TrimBefore(date=moments[3])).stale == ()
    assert _trim(graph, TrimPreserving()).date == Moment(WALL)


def test_a_replica_with_the_newest_state_is_not_stale_however_old_that_is(graph: Graph) -> None:
    moments = _edited(graph)
    _replica(graph, moments[-1])
    done = _trim(graph, TrimBefore(date=Moment(WALL)))
    assert (done.error, done.stale) == (None, ())
    assert graph.delta(graph.bound(), moments[-1]).steps == []
    assert _total(graph) == 0


def test_a_snapshot_taken_after_a_trim_up_to_now_is_followed_by_deltas(graph: Graph) -> None:
    _edited(graph)
    _trim(graph, TrimPreserving())
    copy = LocalReplica(graph.snapshot(graph.bound()))
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="later")))
    archive = graph.delta(graph.bound(), copy.sync_date)
    assert archive.summary() == {"update Person": [1]}


def test_a_date_in_the_future_is_refused(graph: Graph) -> None:
    _edited(graph)
    for mode in (TrimBefore(date=Moment(WALL + 1)), TrimStatistics(candidate=Moment(WALL + 1))):
        with pytest.raises(MalformedInput, match="future"):
            _trim(graph, mode)
    with pytest.raises(MalformedInput, match="greater than 0"):
        _trim(graph, TrimBefore(date=Moment(0)))


def test_a_date_the_service_itself_gave_is_not_in_the_future_however_slow_the_wall_is(graph: Graph) -> None:
    moments = _edited(graph)
    assert _trim(graph, TrimBefore(date=moments[-1]), wall=1).rows == len(moments) - 2


def test_preserving_goes_by_the_oldest_date_a_replica_may_present(graph: Graph) -> None:
    moments = _edited(graph)
    _replica(graph, moments[4])
    _replica(graph, moments[3], presented=moments[2])
    done = _trim(graph, TrimPreserving())
    assert done.date == moments[2]
    graph.delta(graph.bound(), moments[2])


def test_preserving_without_replicas_goes_up_to_now(graph: Graph) -> None:
    _edited(graph)
    assert _trim(graph, TrimPreserving()).date == Moment(WALL)
    assert _total(graph) == 0


def test_idle_replicas_preserve_nothing_when_told_so(graph: Graph) -> None:
    moments = _edited(graph)
    _replica(graph, moments[1], last_contact=WALL - 31 * DAY)
    _replica(graph, moments[3], last_contact=WALL - 29 * DAY)
    assert _trim(graph, TrimPreserving()).date == moments[1], "the operator's own trim preserves every replica"
    assert _trim(graph, TrimPreserving(idle_ms=30 * DAY)).date == moments[3]


def test_replicas_below_the_floor_preserve_nothing(graph: Graph) -> None:
    """They take a snapshot next, whatever is kept for them; only the contract's own trim goes by them."""
    moments = _edited(graph)
    _replica(graph, moments[1])
    _trim(graph, TrimBefore(date=moments[2], force=True))
    _replica(graph, moments[3])
    assert _trim(graph, TrimPreserving()).date == moments[1]
    assert _trim(graph, TrimPreserving(idle_ms=WALL)).date == moments[3]


def test_a_trim_never_lowers_the_floor(graph: Graph) -> None:
    moments = _edited(graph)
    _trim(graph, TrimBefore(date=moments[3]))
    floor = _floor(graph)
    _trim(graph, TrimBefore(date=moments[1]))
    assert _floor(graph) == floor


@pytest.mark.parametrize("position", range(5))
def test_the_predicted_percent_is_what_a_trim_then_removes(graph: Graph, position: int) -> None:
    moments = _edited(graph)
    late = _replica(graph, moments[1])
    told = _trim(graph, TrimStatistics(candidate=moments[position]))
    before = _total(graph)
    done = _trim(graph, TrimBefore(date=moments[position], force=True))
    assert told.percent == 100 * (before - _total(graph)) / before == done.percent
    assert done.rows == before - _total(graph)
    assert [s.replica_id for s in told.shares] == ([late] if moments[position] > moments[1] else [])


def test_statistics_tell_each_touched_replicas_own_share_and_change_nothing(graph: Graph) -> None:
    moments = _edited(graph)  # 4 closed versions
    first, second = _replica(graph, moments[1]), _replica(graph, moments[3])
    _replica(graph, moments[4])
    told = _trim(graph, TrimStatistics())
    assert (told.date, told.percent, told.total) == (Moment(WALL), 100.0, 4)
    assert {s.replica_id: (s.served, s.percent) for s in told.shares} == {
        first: (moments[1], 0.0),
        second: (moments[3], 50.0),
    }
    assert _total(graph) == 4
    assert _trim(graph, TrimBefore(date=moments[3], force=True)).percent == 50.0


def test_an_empty_log_is_trimmed_by_nothing(graph: Graph) -> None:
    assert _trim(graph, TrimStatistics()).percent == 0
    assert _trim(graph, TrimPreserving()).percent == 0


def test_history_goes_in_batches_and_the_floor_is_raised_before_the_first(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trim, "BATCH", 3)
    ids = range(1, 9)
    graph.apply(entity(Op.ADD, "Person", *(add(i) for i in ids)))
    at = graph.clock()
    last = graph.apply(entity(Op.DELETE, "Person", *(gone(i) for i in ids))).moment
    everything, svc = graph.bound(), graph.service.id
    with graph.store.reading(svc) as older:
        assert older.floor() < at
        with graph.store.tending(svc) as tending:
            trim.begin(tending, TrimPreserving(), WALL)
        with pytest.raises(SnapshotRequired):
            graph.delta(everything, at)
        with graph.store.tending(svc) as tending:
            assert trim.drop_history(tending) == 3
        assert older.count_history([])[1] == 8, "a read view keeps what it began with"
    with graph.store.tending(svc) as tending:
        assert [trim.drop_history(tending) for _ in range(3)] == [3, 2, 0]
    assert graph.delta(everything, last).steps == []


def test_a_killed_trim_is_finished_by_the_next_look(graph: Graph) -> None:
    _edited(graph)
    with graph.store.tending(graph.service.id) as tending:
        trim.begin(tending, TrimPreserving(), WALL)
    assert _total(graph) == 4
    trim_by_policy(graph.store, TrimPolicy(), WALL)
    assert _total(graph) == 0


def _resend_known(graph: Graph, replica: UUID, base: Moment) -> bool:
    with graph.store.reading(graph.service.id) as reading:
        return once.stored_outcome(reading, replica, once.key_with_base(base, "d", "b", None), 0) is not None


def test_outcomes_are_forgotten_only_when_no_replica_can_present_their_base(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trim, "BATCH", 2)
    moments = _edited(graph)
    replica = _replica(graph, moments[2])
    for base in moments:
        with graph.store.writing(graph.service.id, 1) as writing:
            key = once.key_with_base(base, "d", "b", None)
            once.store_outcome(writing, replica, key, Outcome("ann", writing.moment), 0)
    with graph.store.writing(graph.service.id, 1) as writing:
        client_key = once.key_of_client("k", "b", "j1")
        once.store_outcome(writing, replica, client_key, Outcome("ann", writing.moment), 0)
    _trim(graph, TrimBefore(date=moments[2]))
    assert [_resend_known(graph, replica, base) for base in moments] == [False, False, True, True, True]
    with graph.store.reading(graph.service.id) as reading:
        assert once.stored_outcome(reading, replica, client_key, 0) is not None
        assert reading.floor() == Moment(moments[2].ms - 1)


def _add_property(graph: Graph, name: str) -> Moment:
    graph.wall += 1_000
    with graph.store.writing(graph.service.id, graph.wall) as writing:
        datamodel.add_properties(writing, "Person", [Property(id=0, name=name, field_type=FieldType.STRING)], CODEC)
    return writing.moment


def _versions(graph: Graph) -> list[int]:
    with graph.store.reading(graph.service.id) as reading:
        return sorted(reading.data_model_versions(10_000))


def test_data_models_go_when_no_row_and_no_kept_moment_refers_to_them(graph: Graph) -> None:
    graph.apply(entity(Op.ADD, "Person", add(1, name="old")))  # encoded under version 2
    for name in ("p", "q", "r"):
        last = _add_property(graph, name)
    graph.apply(entity(Op.ADD, "Person", add(2, name="new")))
    assert _versions(graph) == [1, 2, 3, 4, 5]
    _trim(graph, TrimBefore(date=last))
    assert _versions(graph) == [2, 4, 5], "4 was in force just below the date"
    graph.apply(entity(Op.UPDATE, "Person", change(1, name="newer")))
    _trim(graph, TrimPreserving())
    assert _versions(graph) == [5]
    assert graph.snapshot(graph.bound()).ids(Op.ADD, "Person") == [1, 2]


def test_digests_below_the_floor_are_forgotten(graph: Graph) -> None:
    moments = _edited(graph)
    replica = _replica(graph, moments[2])
    with graph.store._backend.writing() as connection:
        for moment in moments:
            row = {"svc": graph.service.id, "replica": replica, "moment": moment.ms, "model": 2}
            connection.execute(insert(digest).values(**row, members=0, low=0, high=0))
    _trim(graph, TrimBefore(date=moments[2]))
    with graph.store._backend.reading() as connection:
        kept = list(connection.execute(select(digest.c.moment).order_by(digest.c.moment)).scalars())
    assert kept == [m.ms for m in moments[2:]]


def test_the_policy_is_off_unless_set() -> None:
    assert TrimPolicy().mode(WALL) is None


def test_a_policy_of_days_trims_what_is_older_whoever_needs_it() -> None:
    assert TrimPolicy(keep_days=2).mode(WALL) == TrimBefore(date=Moment(WALL - 2 * DAY), force=True)
    assert TrimPolicy(keep_days=2).mode(DAY) is None, "there was nothing before 1970"


def test_a_policy_of_need_keeps_young_history_too_when_both_are_set(graph: Graph) -> None:
    mode = TrimPolicy(keep_days=2, while_needed=True).mode(WALL)
    assert mode == TrimPreserving(idle_ms=30 * DAY, keep_ms=2 * DAY)
    with graph.store.reading(graph.service.id) as reading:
        assert trim.date_of(reading, mode, WALL) == Moment(WALL - 2 * DAY)


def test_the_policy_does_not_wait_for_replicas_that_are_below_the_floor_already(graph: Graph) -> None:
    moments = _edited(graph)
    _replica(graph, moments[0])
    _replica(graph, moments[3])
    _trim(graph, TrimBefore(date=moments[2], force=True))
    trim_by_policy(graph.store, TrimPolicy(while_needed=True), WALL)
    assert _floor(graph) == Moment(moments[3].ms - 1)
