"""One synchronization of a local replica, in steps that each survive being killed and are gone on with afterwards.

The walk: the oldest edits are set apart under a key (a transaction) → the call, made again under that key until it is
answered → the answer is noted (a transaction) → its archive is fetched into a file, gone on with where it broke off →
the archive is applied and the answered edits leave, in one transaction. A replica is created by the same steps.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from glob import escape
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from kgsync.client import pending
from kgsync.client.base import apply_archive, grid_of, missing
from kgsync.client.kgr import KgrFile, fact, json_fact, note
from kgsync.client.pending import Pending
from kgsync.client.server import Service
from kgsync.client.showing import synced_html
from kgsync.errors import (
    Code,
    Conflict,
    Forbidden,
    KgsyncError,
    MalformedInput,
    NotFound,
    NotSupported,
    SnapshotRequired,
    TooLarge,
)
from kgsync.model.edits import Batch, EditError, EditsHeader, Frame, Op, Outcome
from kgsync.model.history import Moment
from kgsync.model.replica import Created, Direction, Download, Synchronized
from kgsync.model.schema import Category
from kgsync.wire.pbf.archive_reader import ArchiveModel, opened_archive
from kgsync.wire.pbf.replicas import decode_create
from kgsync.wire.pbf.replies import decode_model

Report = Callable[[str, int, int], None]
"""Told of each step: its name, how much is done, and of how much (0: not known)."""
_NOBODY = UUID(int=0)
_MOST_ROUNDS = 10_000  # 200 million edits
_MOST_LOST = 3  # archives that were gone when they were fetched


def no_report(step: str, done: int, whole: int) -> None:
    """Take no notice."""


@dataclass(slots=True)
class Synced:
    """What a synchronization did: edits answered and rejected, objects that came, what else was told."""

    sync_date: Moment | None = None
    uploaded: int = 0
    rejected: int = 0
    rows: int = 0
    snapshot: bool = False
    conflicts: int = 0
    warnings: list[str] = field(default_factory=list)

    def _repr_html_(self) -> str:
        return synced_html(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server answered, as the file keeps it until it is dealt with."""

    archive: str | None
    snapshot: bool
    batch: int | None = None
    errors: dict[int, EditError] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    again: bool = False  # the archive is gone: another has to be asked for

    def text(self) -> str:
        errors = {seq: [int(error.code), error.message] for seq, error in self.errors.items()}
        return json.dumps({**{n: getattr(self, n) for n in self.__slots__}, "errors": errors})

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Answer:
        errors = {int(seq): EditError(Code(code), message) for seq, (code, message) in facts["errors"].items()}
        return cls(**{**facts, "errors": errors, "warnings": tuple(facts["warnings"])})


class Syncing:
    """The steps, over one open file and the service it belongs to."""

    def __init__(self, file: KgrFile, service: Service, report: Report = no_report) -> None:
        self._file, self._service, self._report = file, service, report
        self.done = Synced()

    async def run(self, *, snapshot: bool = False, upload: bool = True, download: bool = True) -> Synced:
        """Synchronize until nothing waits to be sent. Raises what the server refuses with; nothing is lost then."""
        if self._file.busy:
            raise Conflict("Edits made together are one transaction: synchronize when it has ended")
        with self._file.alone():
            if snapshot:
                await asyncio.to_thread(self._note, take_snapshot=1)
            lost = 0
            for _ in range(_MOST_ROUNDS):
                answer = await asyncio.to_thread(self._answer)
                earlier = answer is not None
                if answer is None:
                    answer = await self._ask(upload=upload, download=download)
                    if answer is None:
                        break
                elif answer.again:
                    answer = await self._ask_for_another(answer)
                if not await self._take(answer):
                    lost += 1
                    if lost == _MOST_LOST:
                        raise NotFound("The server answers with archives that cannot be fetched")
                    continue
                if answer.archive is None and answer.batch is not None:
                    continue  # an upload that was undone brought nothing: what was asked for is asked for again
                if earlier and download:
                    continue  # answered to a call that broke off: what came since is asked for
                if not upload or await asyncio.to_thread(self._waiting) == 0:
                    break
            self._sweep(None)
        return self.done

    # ---- asking

    async def _ask(self, *, upload: bool, download: bool) -> Answer | None:
        """Make the next call, and note its answer; None when there is nothing to ask for."""
        asked = await asyncio.to_thread(self._prepare, upload)
        if asked.creation is not None:
            return await self._create(asked.creation)
        direction = asked.direction
        wanted = None if not direction.downloads else Download(after=asked.after)
        if not asked.edits and (wanted is None or not download):
            return None
        edits = (asked.header, [frame_of(asked.edits)]) if asked.edits else None
        self._report("asking", 0, len(asked.edits))
        try:
            result = await self._service.synchronize(asked.replica_id, wanted, edits, key=asked.key)
        except SnapshotRequired:
            if asked.after is None:
                raise
            await asyncio.to_thread(self._note, take_snapshot=1)
            return await self._ask(upload=upload, download=download)
        except NotFound as error:
            if str(asked.replica_id) in error.message:
                told = "register it again with `kgsync replica register FILE`, or with register_again(); edits stay"
                raise NotFound(f"{error.message}; {told}") from error
            raise
        except (Forbidden, MalformedInput, NotSupported) as error:
            # Refused as a whole: told to whoever edits, and no longer in the way of what comes after.
            if asked.batch is None or not asked.edits:
                raise
            if not await asyncio.to_thread(self._refused, asked, error):
                raise
            return await self._ask(upload=upload, download=download)
        self._report("heard", 0, 0)
        answer = answer_to(result, asked, wanted is not None and asked.after is None)
        await asyncio.to_thread(self._keep, answer)
        self._report("answered", len(asked.edits), len(asked.edits))
        return answer

    async def _create(self, request: bytes) -> Answer:
        call = decode_create(request)
        self._report("registering", 0, 0)
        created: Created = await self._service.create_replica(
            call.definition, name=call.requested_name, direction=call.direction, replica_id=call.replica_id
        )
        answer = Answer(archive=created.archive, snapshot=True, warnings=created.warnings)
        await asyncio.to_thread(self._keep, answer, name=created.name)
        self._report("registered", 0, 0)
        return answer

    async def _ask_for_another(self, answer: Answer) -> Answer:
        """Ask for the download of an answer whose archive is gone."""
        asked = await asyncio.to_thread(self._prepare, False)
        if asked.creation is not None:
            return await self._create(asked.creation)
        try:
            result = await self._service.synchronize(asked.replica_id, Download(after=asked.after))
        except SnapshotRequired:
            if asked.after is None:
                raise
            await asyncio.to_thread(self._note, take_snapshot=1)
            return await self._ask_for_another(answer)
        fresh = replace(answer, archive=result.archive, snapshot=asked.after is None, again=False)
        await asyncio.to_thread(self._keep, fresh)
        self._report("answered", 0, 0)
        return fresh

    def _prepare(self, upload: bool) -> _Asked:
        """Set edits apart, if any wait; say what to ask for."""
        with self._file.changing() as connection:
            if fact(connection, "state") == "creating":
                return _Asked(creation=fact(connection, "request"))
            direction = Direction(fact(connection, "direction"))
            asked = _Asked(
                direction=direction,
                replica_id=UUID(bytes=fact(connection, "replica_id")),
                after=None if fact(connection, "take_snapshot") else Moment(fact(connection, "sync_date")),
            )
            under_way = pending.upload_under_way(connection)
            if under_way is None and upload and direction.uploads:
                pending.begin_upload(connection, uuid4().hex)
                under_way = pending.upload_under_way(connection)
            if under_way is not None and upload:
                batch, key = under_way
                model: ArchiveModel = decode_model(fact(connection, "model"))
                asked = replace(asked, batch=batch, key=key, edits=pending.edits_of(connection, batch))
                asked.header = EditsHeader(
                    spatial_reference=model.spatial_reference,
                    grid=grid_of(fact(connection, "grid")),
                    cascade=any(e.cascade for e in asked.edits if e.category is Category.ENTITY),
                )
        self._report("prepared", 0, 0)
        return asked

    def _refused(self, asked: _Asked, error: KgsyncError) -> bool:
        """Deal with edits that were refused as a whole; say whether to ask again.

        Too many go in smaller parts. The others are among the rejected then, each with the reason for all.
        """
        assert asked.batch is not None, "an upload was under way"
        again = isinstance(error, TooLarge) and len(asked.edits) > 1
        why = EditError(Code.EDIT_ROLLED_BACK if again else error.code, error.message)
        with self._file.changing() as connection:
            pending.finish_upload(connection, asked.batch, {edit.seq: why for edit in asked.edits})
            if again:
                note(connection, upload_edits=len(asked.edits) // 2)
        return again

    # ---- taking an answer

    async def _take(self, answer: Answer) -> bool:
        """Fetch and apply what an answer brings; False when its archive is gone and another has to be asked for."""
        path: Path | None = None
        if answer.archive is not None:
            path = self._download_path(answer.archive)
            self._sweep(path)
            if not path.exists():
                try:
                    await self._service.download(answer.archive, path, lambda n, m: self._report("download", n, m))
                except (NotFound, Forbidden):
                    await asyncio.to_thread(self._keep, replace(answer, archive=None, again=True))
                    return False
            self._report("downloaded", 0, 0)
        try:
            await asyncio.to_thread(self._finish, answer, path)
        except MalformedInput:
            if path is not None:
                path.unlink(missing_ok=True)  # what is damaged is fetched anew the next time
            raise
        self._report("applied", 0, 0)
        if path is not None:
            path.unlink(missing_ok=True)
        return True

    def _finish(self, answer: Answer, path: Path | None) -> None:
        """Apply the archive and let the answered edits go, in one transaction."""
        with self._file.changing() as connection:
            if fact(connection, "answer") is None:
                return  # dealt with meanwhile: whoever was interrupted here left a thread that went on
            edits = [] if answer.batch is None else pending.edits_of(connection, answer.batch)
            if path is not None:
                self._apply(connection, path, answer.snapshot)
            if answer.batch is not None:
                pending.finish_upload(connection, answer.batch, answer.errors)
            good = [edit for edit in edits if edit.seq not in answer.errors]
            outside = _outside(connection, good) if path is not None else []
            conflicts = [text for text in answer.warnings if text.startswith("Conflict:")]
            others = [text for text in answer.warnings if not text.startswith("Conflict:")]
            for kind, texts in (("conflict", conflicts), ("warning", others), ("outside", outside)):
                pending.tell(connection, kind, texts)
            connection.execute("DELETE FROM fact WHERE name = 'answer'")
            if path is not None and answer.snapshot:
                connection.execute("DELETE FROM fact WHERE name = 'take_snapshot'")
            note(connection, state="ready")
            done, date = self.done, fact(connection, "sync_date")
        rejected = [error for error in answer.errors.values() if error.code is not Code.EDIT_ROLLED_BACK]
        done.sync_date = None if date is None else Moment(date)
        done.uploaded, done.rejected = done.uploaded + len(good), done.rejected + len(rejected)
        done.conflicts += len(conflicts)
        done.warnings += others
        if edits and not good and not rejected:
            raise Conflict("The server undid every edit and names none that was bad; they wait to be sent again")

    def _apply(self, connection: sqlite3.Connection, path: Path, snapshot: bool) -> None:
        def progress(rows: int) -> None:
            self.done.rows += rows
            self._report("apply", self.done.rows, 0)

        with path.open("rb") as source, opened_archive(source, path.name) as reader:
            apply_archive(connection, reader, snapshot=snapshot, progress=progress)
        self.done.snapshot |= snapshot

    # ---- the file

    def _answer(self) -> Answer | None:
        with self._file.reading() as connection:
            facts = json_fact(connection, "answer")
        return None if facts is None else Answer.of(facts)

    def _keep(self, answer: Answer, **facts: Any) -> None:
        self._note(answer=answer.text(), **facts)

    def _note(self, **facts: Any) -> None:
        with self._file.changing() as connection:
            note(connection, **facts)

    def _waiting(self) -> int:
        with self._file.reading() as connection:
            return pending.count(connection)

    def _download_path(self, archive: str) -> Path:
        mark = hashlib.sha256(archive.encode()).hexdigest()[:12]
        return self._file.path.with_name(f"{self._file.path.name}-{mark}.zip")

    def _sweep(self, but: Path | None) -> None:
        """Remove what earlier synchronizations left of their downloads."""
        for left in self._file.path.parent.glob(f"{escape(self._file.path.name)}-????????????.zip*"):
            if but is None or not left.name.startswith(but.name):
                with suppress(OSError):
                    left.unlink()


@dataclass(slots=True, kw_only=True)
class _Asked:
    """What the next call is to ask for."""

    creation: bytes | None = None
    direction: Direction = Direction.BIDIRECTIONAL
    replica_id: UUID = _NOBODY
    after: Moment | None = None
    batch: int | None = None
    key: str | None = None
    edits: list[Pending] = field(default_factory=list)
    header: EditsHeader = field(default_factory=EditsHeader)


def frame_of(edits: Iterable[Pending]) -> Frame:
    """Make one frame of edits, those of one kind and type together, each in its order."""
    batches: dict[tuple[Op, Category, str], Batch] = {}
    for each in edits:
        key = _key(each)
        batches.setdefault(key, Batch(*key, [])).edits.append(each.edit())
    return list(batches.values())


def _key(edit: Pending) -> tuple[Op, Category, str]:
    """Say where an edit stands in a frame: records of provenance travel as entities."""
    link = edit.category is Category.RELATIONSHIP
    return edit.op, Category.RELATIONSHIP if link else Category.ENTITY, edit.type_name


def answer_to(result: Synchronized, asked: _Asked, snapshot: bool) -> Answer:
    """Read an answer by the edits it is about."""
    outcome = result.outcome
    if outcome is None and asked.batch is not None:
        raise MalformedInput("edits were sent, and the answer says nothing of them; they go on waiting")
    if outcome is None:
        return Answer(archive=result.archive, snapshot=snapshot, batch=asked.batch, warnings=result.warnings)
    warnings = list(result.warnings)
    for type_name, names in outcome.unknown_properties.items():
        warnings += [f"{type_name}.{name} is not known to the server: its values were left out" for name in names]
    return Answer(
        archive=result.archive,
        snapshot=snapshot,
        batch=asked.batch,
        errors=errors_of(outcome, asked.edits),
        warnings=tuple(warnings),
    )


def errors_of(outcome: Outcome, edits: list[Pending]) -> dict[int, EditError]:
    """Find which edits were not taken, by their numbers."""
    by_key: dict[tuple[Op, Category, str], list[Pending]] = {}
    for edit in edits:
        by_key.setdefault(_key(edit), []).append(edit)
    errors: dict[int, EditError] = {}
    answered: set[int] = set()
    for results in outcome.results:
        mine = by_key.get((results.op, results.category, results.type_name), [])
        errors |= {mine[index].seq: error for index, error in results.errors.items() if index < len(mine)}
        answered.update(edit.seq for edit, _ in zip(mine, results.ids, strict=False))
    unknown = set(outcome.unknown_types)
    for edit in edits:
        if edit.seq in errors:
            continue
        if edit.type_name in unknown:
            errors[edit.seq] = EditError(Code.UNKNOWN_TYPE, f"The server has no type {edit.type_name} any more")
        elif outcome.error is not None:
            errors[edit.seq] = EditError(Code.EDIT_ROLLED_BACK, outcome.error.message)
        elif edit.seq not in answered:
            errors[edit.seq] = EditError(Code.INTERNAL, "The server answered nothing about this edit")
    return errors


def _outside(connection: sqlite3.Connection, good: list[Pending]) -> list[str]:
    """Name what was added or changed here and is not a member of the replica."""
    kept = {edit.id: edit.type_name for edit in good if edit.op is not Op.DELETE}
    return [f"{kept[id]} {id} is outside this replica" for id in missing(connection, kept)]
