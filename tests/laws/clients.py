"""Replicas that sync now and then, upload, send again, and hold every answer against the laws."""

from __future__ import annotations

import io
import uuid
from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest

from kgsync.errors import Conflict, SnapshotRequired
from kgsync.files.spool import Spooled
from kgsync.model.digest import Digest, row_hash
from kgsync.model.edits import ALL_EDITS, Batch, EditsHeader, Op, Outcome
from kgsync.model.history import ORIGIN, Moment
from kgsync.model.replica import Definition, Direction, Download, Replica, Synchronize, UploadedEdits, Warnings
from kgsync.server.parts import UploadSource
from kgsync.server.uploading import Edits, Resent, apply_once, key_of
from kgsync.store.base import KeptDigest, Reading
from kgsync.sync import synchronize
from kgsync.sync.delta import check_answerable, delta
from kgsync.sync.digest import Advance, digest_of, is_current, kept_digest, served_digest
from kgsync.sync.membership import Resolved, resolve
from kgsync.sync.replicas import register
from kgsync.sync.snapshot import snapshot
from kgsync.sync.upload import Caller
from tests.graphs import CODEC, WIRE, Archive, LocalReplica, Row
from tests.laws.clauses import Oracle, original_of, visible
from tests.laws.life import DOCUMENT, PROVENANCE, Life
from tests.laws.overwriting import Overwriting
from tests.laws.reference import Content, plain

_WINDOW_MS = 600_000
_HEADER = EditsHeader(cascade=True, cascade_provenance=True)


class _Watched:
    """A read view whose delta carries a digest along."""

    def __init__(self, reading: Reading, advance: Advance) -> None:
        self._reading, self._advance = reading, advance

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reading, name)

    def delta(self, *arguments: Any) -> Any:
        return self._advance.watch(self._reading.delta(*arguments))


class Client:
    """One registered replica, its copy, and what the laws let it expect."""

    def __init__(self, life: Life, definition: Definition) -> None:
        self.life, self.oracle = life, Oracle(life, definition)
        self.definition, self.id = definition, uuid.uuid4()
        self.dead = False
        self.presented = ORIGIN
        self.bodies, self.sent_at = 0, 0
        self._sent: set[tuple[str, Moment]] = set()
        self.kept: KeptDigest | None = None
        self.overwriting = Overwriting(life)
        self._last: tuple[Batch, bool, Moment, Outcome] | None = None
        with self.graph.store.reading(self.graph.service.id) as reading:
            made = Replica(
                id=self.id,
                name="",
                requested_name="",
                owner="ann",
                direction=Direction.BIDIRECTIONAL,
                definition=definition,
                created=0,
                served=reading.clock(),
                presented=ORIGIN,
                last_contact=0,
            )
            archive = self._snapshot(reading)
        with self.graph.store.registering(self.graph.service.id) as registering:
            register(registering, made, archive.sync_date, 0, service_name="laws")
        self._begin(archive)

    @property
    def graph(self) -> Any:
        return self.life.graph

    @property
    def date(self) -> Moment:
        return self.copy.sync_date

    # ---- snapshots

    def _snapshot(self, reading: Reading) -> Archive:
        warnings = Warnings()
        archive = Archive.of(snapshot(reading, self.definition, CODEC, warnings), warnings)
        self.kept = served_digest(reading, self.definition, CODEC) if self.life.random.random() < 0.25 else None
        return archive

    def _begin(self, archive: Archive) -> None:
        self.copy, self.served = LocalReplica(archive), archive.sync_date
        self.bookmark = deepcopy(self.copy)
        self._hold()
        if self.kept is None:
            return
        with self.graph.store.registering(self.graph.service.id) as registering:
            registering.put_digest(self.id, self.kept)
        with self.graph.store.reading(self.graph.service.id) as reading:
            found = kept_digest(reading, self.id, self.date)
            assert found is not None and found.digest == self._digest(reading), "the digest kept is another"

    def start_over(self) -> None:
        """Take a snapshot in place of the copy."""
        with self.graph.store.reading(self.graph.service.id) as reading:
            archive = self._snapshot(reading)
        self._begin(archive)
        self._note(archive.sync_date, None)

    def _note(self, served: Moment | None, presented: Moment | None) -> Replica:
        self.served = max(self.served, served or ORIGIN)
        self.presented = max(self.presented, presented or ORIGIN)
        with self.graph.store.registering(self.graph.service.id) as registering:
            noted = registering.note_contact(self.id, served, presented, self.graph.wall)
        assert (noted.served, noted.presented) == (self.served, self.presented)
        return noted  # type: ignore[no-any-return]

    # ---- downloads

    def sync(self) -> Archive | None:
        """Download what changed since the copy's date; None when the laws say there is no answer."""
        if self.dead:
            return None
        if self.refused(self.date):
            self.life.counts["refused"] += 1
            with pytest.raises(SnapshotRequired):
                self._download(self.date)
            if not self._broken(lambda reading: self._snapshot(reading)):
                self.start_over()
            return None
        if self._broken(lambda reading: delta(reading, self.definition, self.date, CODEC, Warnings())):
            return None
        archive = self._download(self.date)
        self.take(self.copy, archive)
        self._note(archive.sync_date, self.bookmark_date)
        return archive

    def refused(self, date: Moment) -> bool:
        return date < self.life.floor or any(lost[0] < date <= lost[1] for lost in self.life.lost)

    def _broken(self, ask: Any) -> bool:
        if not self.oracle.broken():
            return False
        self.life.counts["broken clause"] += 1
        self.dead = True
        with self.graph.store.reading(self.graph.service.id) as reading, pytest.raises(Conflict):
            ask(reading)
        return True

    def _download(self, after: Moment) -> Archive:
        self.bookmark_date = after
        watched = self.kept is not None and self.life.random.random() < 0.6
        with self.graph.store.reading(self.graph.service.id) as reading:
            warnings = Warnings()
            if not watched:
                return Archive.of(delta(reading, self.definition, after, CODEC, warnings), warnings)
            check_answerable(reading, after)
            found = resolve(reading, self.definition, CODEC, warnings)
            shapes = {t.id: t.shape for t in found.types}
            start = self.kept if self.kept is not None and self.kept.moment == after else None
            advance = Advance(start.digest if start else Digest(), shapes)
            contents = delta(_Watched(reading, advance), self.definition, after, CODEC, warnings)
            archive = Archive.of(contents, warnings)
            now = digest_of(reading, self.definition, CODEC)
            if start is not None and is_current(start, found.types) and advance.digest is not None:
                self.life.counts["digest carried"] += 1
                assert advance.digest == now, "the digest carried over a delta is another"
            self.kept = KeptDigest(archive.sync_date, found.model.version, now)
            return archive

    def change(self, definition: Definition) -> None:
        """Have what another definition selects from now on, by one delta from the members of the one before."""
        if self.dead or self.refused(self.date) or self.oracle.broken():
            return
        with self.graph.store.reading(self.graph.service.id) as reading:
            warnings = Warnings()
            contents = delta(reading, definition, self.date, CODEC, warnings, before=self.definition)
            archive = Archive.of(contents, warnings)
        held = set(self.copy.rows)
        self.definition, self.oracle, self.kept = definition, Oracle(self.life, definition), None
        self.take(self.copy, archive)
        self.bookmark = deepcopy(self.copy)
        self._note(archive.sync_date, None)
        self.life.counts["changed"] += held != set(self.copy.rows)

    def take(self, copy: LocalReplica, archive: Archive) -> None:
        """Apply an archive to a copy and hold it against laws 1, 3 and 4 and the table of net effects."""
        before, date = dict(copy.rows), copy.sync_date
        copy.apply(archive)
        now, life = archive.sync_date, self.life
        wanted = self.oracle.content(now)
        assert copy.closed(), "a relationship lost an end (law 3)"
        assert self._content(copy) == wanted, "the copy is not the snapshot (law 1)"
        sent: dict[Op, set[UUID]] = {op: set() for op in Op}
        for op, _, _, edits in archive.steps:
            ids = [e.id for e in edits if isinstance(e.id, UUID)]
            assert len(ids) == len(edits) and not sent[op] & set(ids) and len(set(ids)) == len(ids), "sent twice"
            sent[op] |= set(ids)
        old, new = set(before), set(wanted)
        was, is_ = (life.reference.at[m].graph["records"] for m in (date, now))
        moved = {i for i in old & new if _place(before, i, was) != _place(copy.rows, i, is_)}
        assert sent[Op.DELETE] == (old - new) | moved, "deletes are those that left (laws 1, 4)"
        assert sent[Op.ADD] == (new - old) | moved, "adds are those that came (laws 1, 4)"
        for id in sent[Op.UPDATE]:
            assert id in old & new - moved, "an update of what came or left"
            shown = [visible(life, row[0], row[1]) for row in (before[id], copy.rows[id])]
            assert [_shown(s) for s in shown[:1]] != [_shown(s) for s in shown[1:]], "an update changes nothing"
        life.counts["deltas"] += 1
        life.counts["deltas with content"] += bool(archive.steps)
        life.counts["skipped commits"] += sum(date < m < now for m in life.moments) > 1
        self._count(date, now, old, new, moved, sent)

    def _content(self, copy: LocalReplica) -> Content:
        """Read a copy under the newest data model."""
        return {
            i: (name, plain(visible(self.life, name, values)), o, d) for i, (name, values, o, d) in copy.rows.items()
        }

    def _hold(self) -> None:
        assert self.copy.closed(), "a snapshot is closed (law 3)"
        assert not self.refused(self.date), "a snapshot's own date is not believed"
        assert self._content(self.copy) == self.oracle.content(self.date), "the snapshot is not the members"

    def again(self) -> None:
        """Catch up from an older date at once: one delta or many give the same (law 2)."""
        if self.dead or self.refused(self.bookmark.sync_date) or self.oracle.broken():
            return
        archive = self._download(self.bookmark.sync_date)
        if archive.sync_date != self.date:
            return
        self.take(self.bookmark, archive)
        assert self._content(self.bookmark) == self._content(self.copy)
        self.life.counts["composed"] += 1

    def rest(self) -> None:
        """Sync until nothing is new: a second sync without commits is empty (law 2)."""
        self.sync()
        if not self.dead:
            archive = self._download(self.date)
            assert archive.steps == [], "a second sync is empty (law 2)"

    # ---- digests

    def _digest(self, reading: Reading) -> Digest:
        """Add up the copy's own rows, encoded under the newest data model."""
        found: Resolved = resolve(reading, self.definition, CODEC, Warnings())
        digest = Digest()
        for id, (name, values, origin, dest) in self.copy.rows.items():
            named_type = found.model.require(name)
            digest = digest.plus(row_hash(found.restater.encoder(named_type).encode(id, values, origin, dest)))
        return digest

    # ---- uploads

    def send(self, batch: Batch) -> Moment | None:
        """Upload a batch of edits, alone or with a download, now and then twice; give the Moment it took."""
        life, dice = self.life, self.life.random
        # The same edits on the same base would be a resend.
        resend = (repr(batch), self.date) in self._sent
        with_download = dice.random() < 0.5 and not resend
        if with_download and (self.refused(self.date) or self.oracle.broken()):
            clock = self.graph.clock()
            with pytest.raises(SnapshotRequired if self.refused(self.date) else Conflict):
                self._call(batch, self.date, self.bodies)
            assert self.graph.clock() == clock, "a call that cannot be answered applies nothing"
            life.counts["refused uploads"] += 1
            with_download = False
        self.bodies += 1
        base, before = self.date if with_download else None, life.moments[-1]
        outcome, date = self._call(batch, base, self.bodies)
        assert not outcome.failed, [r.errors for r in outcome.results]
        if base is not None:
            self.overwriting.check(batch, base, before, outcome)
        self.overwriting.uploaded(batch, outcome)
        self._last = (batch, with_download, self.date, outcome)
        self._sent.add((repr(batch), self.date))
        life.counts["own upload"] += 1
        life.reference.commit(outcome.moment)
        life.moments.append(outcome.moment)
        if not with_download:
            life.counts["upload only"] += 1
            expected = self.served if self.served == self.presented else None
            assert date == expected, "an upload-only call answers with a date only when it is certain"
        if dice.random() < 0.4:
            self.send_again()
        if with_download and dice.random() < 0.6:
            self.sync()
        return None

    def send_again(self) -> None:
        """Send the last upload again: applied once, answered alike (law 5)."""
        if self._last is None:
            return
        batch, with_base, base, outcome = self._last
        if with_base and (self.refused(base) or self.oracle.broken()):
            return
        if not with_base and self.life.random.random() < 0.15:
            self.graph.wall += 2 * _WINDOW_MS
        if not with_base and abs(self.graph.wall - self.sent_at) > _WINDOW_MS:
            self._repeat(batch)
            return
        clock = self.graph.clock()
        told, _ = self._call(batch, base if with_base else None, self.bodies)
        assert told.moment == outcome.moment, "a resend is answered with the outcome of the first"
        assert self.graph.clock() == clock, "a resend applies nothing"
        self.life.counts["resent"] += 1

    def _repeat(self, batch: Batch) -> None:
        """Upload the same bytes once more, long after: an honest repetition is applied (law 5)."""
        life = self.life
        if batch.op is not Op.UPDATE or batch.type_name == PROVENANCE:
            return
        alive = set(life._all_of(batch.type_name))
        if not all(edit.id in alive and edit.values.keys() <= set(_columns(life, batch)) for edit in batch.edits):  # type: ignore[union-attr]
            return
        clock = self.graph.clock()
        outcome, _ = self._call(batch, None, self.bodies)
        assert outcome.moment > clock, "a repetition is no resend"
        self._last = (batch, False, self.date, outcome)
        for edit in batch.edits:
            life.reference.update(edit.id, edit.values)  # type: ignore[arg-type,union-attr]
        life.reference.commit(outcome.moment)
        life.moments.append(outcome.moment)
        life.counts["repeated"] += 1

    def _call(self, batch: Batch, after: Moment | None, body: int) -> tuple[Outcome, Moment | None]:
        store, svc, wall = self.graph.store, self.graph.service.id, self.graph.wall
        download = None if after is None else Download(after=after)
        call = Synchronize(download=download, upload=UploadedEdits(item=""))
        edits = Edits(header=_HEADER, body_key=f"body:{body}", source=io.BytesIO, read=lambda _: iter([[batch]]))
        with store.reading(svc) as reading:
            replica = reading.replica(self.id)
            assert replica is not None
            synchronize.admit(reading, replica, call, ALL_EDITS, Warnings(), CODEC)
        key = key_of(edits, replica, call, _NO_SOURCE, _WINDOW_MS)
        base = synchronize.base_of(replica, call)
        caller = Caller(user="ann", allowed=ALL_EDITS, rollback=False, new_id=uuid.uuid4, replica=self.id, base=base)
        try:
            with store.writing(svc, wall) as writing:
                outcome = apply_once(writing, edits, key, call, caller, wall, WIRE)
            self.sent_at = wall
        except Resent as told:
            outcome = told.outcome
        noted = self._note(None, after)
        return outcome, None if download else synchronize.upload_only_date(noted)

    def restored(self, then: Moment, served: Moment, presented: Moment) -> None:
        """Expect what a restore of a backup from `then` leaves of this replica on the server."""
        self.oracle.forget_after(then)
        self.served, self.presented = served, ORIGIN if served == presented else presented
        self._last = None

    # ---- what it was worth

    def _count(
        self, after: Moment, now: Moment, old: set[UUID], new: set[UUID], moved: set[UUID], sent: dict[Op, set[UUID]]
    ) -> None:
        counts, life, oracle = self.life.counts, self.life, self.oracle
        was, is_ = (_everything(life.reference.at[m]) for m in (after, now))
        counts["net add"] += bool(new - old)
        counts["net update"] += bool(sent[Op.UPDATE])
        counts["net delete"] += bool(old - new)
        counts["net moved"] += bool(moved)
        between = [m for m in life.moments if after < m <= now]
        counts["net nothing"] += len(between) > 1 and bool((old & new) - moved - sent[Op.UPDATE])
        counts["net never"] += bool((set(was) | set(is_)) - old - new)
        filtered = {o for o, t in oracle.wanted.items() if t.where}
        for id in old ^ new:
            way = "in" if id in new else "out"
            if id not in was or id not in is_:
                if way == "out" and id not in is_ and id in was and {*was[id][1:]} & (old - set(is_)):
                    counts["cascade out"] += 1
                continue
            kind = was[id][0]
            if kind == PROVENANCE:
                counts[f"provenance {way}"] += 1
            elif kind == DOCUMENT and DOCUMENT not in oracle.wanted:
                counts[f"document {way}"] += 1
            elif was[id][1] is not None and {*was[id][1:]} & (old ^ new):
                counts[f"end point {way}"] += 1
            elif kind in oracle.geometric:
                counts[f"geometry {way}"] += 1
            elif kind in filtered:
                counts[f"clause {way}"] += 1


_NO_SOURCE = UploadSource(body=Spooled(b"", None, 0, ""))


def _columns(life: Life, batch: Batch) -> list[str]:
    return life.columns.get(original_of(batch.type_name), ["title", "name"])


def _everything(graph: Any) -> dict[UUID, tuple[str, UUID | None, UUID | None]]:
    found = {i: (original_of(d["type"]), None, None) for i, d in graph.nodes(data=True)}
    found |= {k: (original_of(d["type"]), o, e) for o, e, k, d in graph.edges(keys=True, data=True)}
    return found | dict.fromkeys(graph.graph["records"], (PROVENANCE, None, None))


def _shown(values: dict[str, Any]) -> dict[str, str]:
    """Compare as a client sees: 3 and 3.0 differ, null and absent do not."""
    return {k: repr(v) for k, v in values.items() if v is not None}


def _place(rows: dict[UUID, Row], id: UUID, records: dict[UUID, dict[str, Any]]) -> tuple[Any, ...]:
    """Say what no update can change: the type, and a relationship's ends and their types."""
    if id in records:
        return PROVENANCE, records[id]["kind"]
    name, _, origin, dest = rows[id]
    ends = [(e, rows[e][0]) for e in (origin, dest) if e is not None]
    return (name, *ends)
