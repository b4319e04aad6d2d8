"""Applying edits: one upload, one commit, one result per edit.

Good edits stay and bad ones are reported by index, unless the service rolls back on failure. Every
edit is answered; what cannot be applied says which type, id and property, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kgsync.errors import Code, TooLarge, UnknownType
from kgsync.model.edits import (
    Add,
    Batch,
    Capabilities,
    Cascade,
    Delete,
    EditError,
    EditsHeader,
    Frame,
    Id,
    Op,
    Outcome,
    Update,
)
from kgsync.model.geometry import default_grid
from kgsync.model.history import Moment
from kgsync.model.schema import GLOBALID, OBJECTID, Category, NamedType, TypeRole
from kgsync.model.values import Invalid, Value
from kgsync.store.base import Link, Stored, Version, Writing
from kgsync.sync.codec import Codec, Restater
from kgsync.sync.endpoints import EndPoints
from kgsync.sync.fitting import EditFault, TypePlan
from kgsync.sync.overwriting import CASCADE, Conflicts
from kgsync.sync.owners import Owners
from kgsync.sync.provenance import Records
from kgsync.sync.reprojecting import Reprojection
from kgsync.sync.rows import RowReader
from kgsync.sync.rules import Exclusions
from kgsync.sync.steps import Step
from kgsync.sync.tracking import Stamp
from kgsync.sync.verbatim import Telling, Verbatim

# Origin and dest as stored: the ends of a relationship, what a record is about and cites, or nothing.
_Place = tuple[UUID | None, UUID | None]

_EXISTS = "the id exists with other content"
# The answer holds an id for each edit.
MAX_EDITS = 2_000_000
# Rows of cascaded relationships looked at together: a deleted entity may have any number of them.
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who edits, and under which rules.

    `replica` and `base` are set inside synchronize: unknown types and properties are then dropped and
    reported, and overwriting a version newer than `base` is reported as a conflict. `owned_only` leaves objects
    that others created to them, `hides_others` has them not even spoken of. With `telling`, versions that hold
    just what was sent are marked.
    """

    user: str
    allowed: Capabilities
    rollback: bool
    new_id: Callable[[], UUID]
    replica: UUID | None = None
    base: Moment | None = None
    owned_only: bool = False
    hides_others: bool = False
    most_edits: int = MAX_EDITS
    telling: Telling | None = None


class RolledBack(Exception):
    """Carry the outcome of an upload of which nothing stays; raised to undo the transaction."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("rolled back")
        self.outcome = outcome


def apply_edits(
    writing: Writing, header: EditsHeader, frames: Iterable[Frame], codec: Codec, caller: Caller
) -> Outcome:
    """Apply frames in order inside this commit; give one result per edit.

    Raises UnknownType for the whole call, RolledBack when nothing stays, and whatever reading `frames`
    raises; the caller's transaction undoes everything then.
    """
    upload = _Upload(writing, header, codec, caller)
    left = caller.most_edits
    for frame in frames:
        left -= sum(len(batch.edits) for batch in frame)
        if left < 0:
            raise TooLarge(f"an upload has at most {caller.most_edits} edits; send the rest in another")
        upload.apply(frame)
    return upload.finish()


class _Upload:
    def __init__(self, writing: Writing, header: EditsHeader, codec: Codec, caller: Caller) -> None:
        self._writing, self._header, self._codec, self._caller = writing, header, codec, caller
        self._model = writing.data_model()
        self._reprojection = Reprojection(header.spatial_reference, self._model.spatial_reference)
        self._grid = default_grid(self._model.spatial_reference)
        self._restater = Restater(writing, self._model, codec)
        self._records = Records(writing, self._model, self._restater, self._seen_types)
        self._exclusions = Exclusions(self._model)
        tracking = self._model.tracking
        self._stamp = None if tracking is None else Stamp(tracking, caller.user, writing.moment)
        self._plans: dict[int, TypePlan] = {}
        self._seen: dict[Op, set[UUID]] = {op: set() for op in Op}
        self._end_points = EndPoints(self._model)
        reader = RowReader(writing, self._model, self._restater)
        self._conflicts = Conflicts(writing, reader, caller.base, caller.replica)
        self._outcome = Outcome(user=caller.user, moment=writing.moment)
        owners = Owners(self._model, self._restater, caller.user, caller.hides_others)
        self._owners = owners if caller.owned_only else None
        self._verbatim = None if caller.telling is None else Verbatim(caller.telling, codec, self._grid)

    # ---- the frame's steps

    def apply(self, frame: Frame) -> None:
        for batch in self._records.ordered(self._reprojection.frame(frame)):
            self._apply(batch)

    def _apply(self, batch: Batch) -> None:
        named_type = self._records.resolve(batch)
        if named_type is None:
            if self._caller.replica is None:
                raise UnknownType(f"The type definition {batch.type_name!r} was not found in the data model")
            self._outcome.note_unknown_type(batch.type_name)
            return
        # Results of records stand among those of entities: the wire has no place of their own for them.
        category = Category.ENTITY if named_type.category is Category.PROVENANCE else named_type.category
        results = self._outcome.at(batch.op, category, batch.type_name)
        step = Step(batch, named_type, results)
        if not self._caller.allowed.allows(batch.op):
            for edit in batch.edits:
                step.fail(edit.id, Code.EDIT_CAPABILITY, f"the service does not allow {batch.op.name.lower()}s")
        elif batch.op is Op.ADD:
            self._add(step)
        elif batch.op is Op.UPDATE:
            self._update(step)
        else:
            self._delete(step)

    def _plan(self, named_type: NamedType) -> TypePlan:
        plan = self._plans.get(named_type.id)
        if plan is None:
            plan = TypePlan(named_type, self._restater.encoder(named_type), tolerant=self._caller.replica is not None)
            self._plans[named_type.id] = plan
        return plan

    def _claim(self, step: Step, id: Id) -> UUID | None:
        """Take an id for this operation; None after noting why it cannot be."""
        if isinstance(id, Invalid):
            step.fail(None, Code.EDIT_MALFORMED, f"the id is unusable: {id.reason}")
        elif id is None:
            step.fail(None, Code.EDIT_MALFORMED, "the id is missing")
        elif id in self._seen[step.batch.op]:
            step.fail(id, Code.EDIT_REPEATED, f"the id has an earlier {step.batch.op.name.lower()} in this upload")
        else:
            self._seen[step.batch.op].add(id)
            return id
        return None

    # ---- adds

    def _add(self, step: Step) -> None:
        adds: list[Add] = [self._identified(edit) for edit in step.batch.edits if isinstance(edit, Add)]
        known = self._writing.types_of({a.id for a in adds if isinstance(a.id, UUID)})
        present = self._writing.find(known) if known else {}
        seen = present if self._owners is None else self._owners.seen(self._writing, present)
        ends = self._ends(step, adds)
        plan = self._plan(step.named_type)
        number = self._writing.take_numbers(OBJECTID, len(adds))
        versions: list[Version] = []
        for add in adds:
            id = self._claim(step, add.id)
            if id is None:
                continue
            try:
                types = self._end_types(step, add, ends)
                values = plan.fit_new(id, add.values, self._outcome)
                place = self._place(step, add, values, ends)
                existing = present.get(id)
                if existing is not None:
                    if id not in seen:  # whether it has this content is not the caller's to know
                        raise EditFault(Code.EDIT_EXISTS, _EXISTS)
                    self._compare(plan, existing, place, values)
                else:
                    self._check_rules(step, types)
                    values[OBJECTID] = number
                    number += 1
                    if self._stamp is not None and plan.tracked:
                        self._stamp.born(values)
                    row = plan.encode(id, values, *place)
                    version = plan.version(self._model.version, id, values, row, *place, *types)
                    versions.append(self._marked(step, version, add.values, {}))
                    if types[0] is not None and types[1] is not None:
                        self._end_points.note(step.named_type, types[0], types[1], self._outcome)
            except EditFault as fault:
                step.fail(id, fault.code, fault.reason)
            else:
                step.succeed(id)
        self._writing.insert(versions, self._caller.replica)

    def _marked(self, step: Step, version: Version, sent: Mapping[str, Value], before: Mapping[str, Value]) -> Version:
        """Mark a version that holds just what was sent, for those it matters to."""
        if self._verbatim is None:
            return version
        holds = self._verbatim.holds(step.named_type, version.id, version.row, sent, before)
        return version._replace(verbatim=holds)

    def _identified(self, add: Add) -> Add:
        """Choose the id: the edit's own, else its globalid value, else a new one."""
        if add.id is not None:
            return add
        given = add.values.get(GLOBALID)
        return add._replace(id=given if isinstance(given, (UUID, Invalid)) else self._caller.new_id())

    def _place(self, step: Step, add: Add, values: dict[str, Value], ends: dict[UUID, int]) -> _Place:
        """Give origin and dest as they are stored. Raises EditFault."""
        if step.named_type.category is Category.PROVENANCE:
            return self._records.ends(values, values, None, ends)
        if step.named_type.category is Category.ENTITY:
            return None, None
        assert isinstance(add.origin, UUID), "checked before"
        assert isinstance(add.dest, UUID), "checked before"
        return add.origin, add.dest

    def _compare(self, plan: TypePlan, existing: Stored, place: _Place, values: dict[str, Value]) -> None:
        """Accept an add whose object exists with the same content; raise EditFault otherwise."""
        if existing.type == plan.named_type.id and (existing.origin, existing.dest) == place:
            stored = self._restater.values(existing.type, existing.schema, existing.row)
            values[OBJECTID] = stored.get(OBJECTID)
            for name in plan.tracked:
                values.setdefault(name, stored.get(name))
            row = plan.encode(existing.id, values, *place)
            if row == self._restater.restate(
                existing.type, existing.schema, existing.id, existing.row, existing.origin, existing.dest
            ):
                return
        raise EditFault(Code.EDIT_EXISTS, _EXISTS)

    def _ends(self, step: Step, adds: Sequence[Add]) -> dict[UUID, int]:
        if step.named_type.category is Category.ENTITY:
            return {}
        if step.named_type.category is Category.PROVENANCE:
            return self._seen_types(self._records.known(add.values for add in adds))
        ids = {end for add in adds for end in (add.origin, add.dest) if isinstance(end, UUID)}
        return self._seen_types(self._writing.types_of(ids))

    def _seen_types(self, types: dict[UUID, int]) -> dict[UUID, int]:
        return types if self._owners is None else self._owners.seen_types(self._writing, types)

    def _find(self, ids: Collection[UUID]) -> dict[UUID, Stored]:
        """Look up what the caller may know of."""
        present = self._writing.find(ids)
        return present if self._owners is None else self._owners.seen(self._writing, present)

    def _end_types(self, step: Step, add: Add, ends: dict[UUID, int]) -> tuple[int | None, int | None]:
        if step.named_type.category is not Category.RELATIONSHIP:
            return None, None
        found = []
        for word, end in (("origin", add.origin), ("destination", add.dest)):
            if not isinstance(end, UUID):
                reason = end.reason if isinstance(end, Invalid) else "it is missing"
                raise EditFault(Code.EDIT_END_POINT, f"the {word} id is unusable: {reason}")
            type_id = ends.get(end)
            end_type = None if type_id is None else self._model.type(type_id)
            if end_type is None or end_type.category is not Category.ENTITY:
                raise EditFault(Code.EDIT_END_POINT, f"the {word} {end} does not exist")
            found.append(end_type.id)
        return found[0], found[1]

    def _check_rules(self, step: Step, types: tuple[int | None, int | None]) -> None:
        origin, dest = types
        if origin is None or dest is None:
            return
        rule = self._exclusions.rule(origin, step.named_type.id, dest)
        if rule is not None:
            names = f"from {self._model.label(origin)!r} to {self._model.label(dest)!r}"
            raise EditFault(Code.EDIT_RULE, f"the constraint rule {rule.name!r} excludes relationships {names}")

    # ---- updates

    def _update(self, step: Step) -> None:
        updates = [edit for edit in step.batch.edits if isinstance(edit, Update)]
        present = self._find({u.id for u in updates if isinstance(u.id, UUID)})
        plan = self._plan(step.named_type)
        of_records = step.named_type.category is Category.PROVENANCE
        known = self._seen_types(self._records.known(u.values for u in updates)) if of_records else {}
        about = {} if of_records else self._records.about_cleared(updates)
        versions: list[Version] = []
        overwritten: list[Stored] = []
        orphans: list[Stored] = []
        for update in updates:
            id = self._claim(step, update.id)
            if id is None:
                continue
            try:
                stored = self._present(step, id, present)
                before = self._restater.values(stored.type, stored.schema, stored.row)
                if self._owners is not None:
                    self._owners.check_values(before)
                given = plan.fit_changed(id, update.values, self._outcome)
                values = {**before, **given}
                cleared = {name for name, value in given.items() if value is None and before.get(name) is not None}
                mine = self._records.of_properties(about.get(id, ()), cleared)
                if self._owners is not None:
                    self._owners.check_along(mine)
                self._check_orphans(mine, f"the value of {', '.join(map(repr, sorted(cleared)))}")
                place = (stored.origin, stored.dest)
                if of_records:
                    place = self._records.ends(values, given, stored, known)
                row = plan.encode(id, values, *place)
                if place != (stored.origin, stored.dest) or row != self._restater.restate(
                    stored.type, stored.schema, id, stored.row, stored.origin, stored.dest
                ):
                    if self._stamp is not None and plan.tracked:
                        self._stamp.edited(values, given)
                        row = plan.encode(id, values, *place)
                    types = (stored.origin_type, stored.dest_type)
                    version = plan.version(self._model.version, id, values, row, *place, *types)
                    versions.append(self._marked(step, version, update.values, before))
                    overwritten.append(stored)
                orphans += mine
            except EditFault as fault:
                step.fail(id, fault.code, fault.reason)
            else:
                step.succeed(id)
        self._conflicts.note(Op.UPDATE, overwritten, self._outcome)
        self._writing.replace(versions, self._caller.replica)
        self._cascade_records(Op.UPDATE, orphans)

    def _check_orphans(self, records: Sequence[Stored], what: str) -> None:
        """Refuse to take away what provenance is about, unless that goes too. Raises EditFault."""
        if records and not self._header.cascade_provenance:
            raise EditFault(
                Code.EDIT_PROVENANCE,
                f"{len(records)} provenance records are about {what}; delete them too or set cascade_delete_provenance",
            )

    def _cascade_records(self, op: Op, records: Iterable[Stored]) -> None:
        gone = {record.id: record for record in records}
        self._conflicts.note(op, gone.values(), self._outcome, word=CASCADE)
        self._writing.remove(gone, self._caller.replica)
        self._outcome.records += sorted(gone)

    def _present(self, step: Step, id: UUID, present: dict[UUID, Stored]) -> Stored:
        stored = present.get(id)
        if stored is None:
            raise EditFault(Code.EDIT_MISSING, "no object has this id")
        if stored.type != step.named_type.id:
            raise EditFault(Code.EDIT_WRONG_TYPE, f"the object is a {self._model.label(stored.type)!r}")
        return stored

    # ---- deletes

    def _delete(self, step: Step) -> None:
        deletes = [edit for edit in step.batch.edits if isinstance(edit, Delete)]
        present = self._find({d.id for d in deletes if isinstance(d.id, UUID)})
        links = self._links(step, present)
        about = self._records.about({*present, *(link.id for mine in links.values() for link in mine)})
        gone: set[UUID] = set()
        asked: list[Stored] = []
        orphans: list[Stored] = []
        for edit in deletes:
            id = self._claim(step, edit.id)
            if id is None:
                continue
            try:
                stored = self._present(step, id, present)
                mine = links.get(id, [])
                told = mine if self._owners is None else self._owners.told_of(self._writing, mine)
                if mine and not told and not self._header.cascade:
                    raise EditFault(Code.EDIT_OWNER, "something would be deleted with it that is not the caller's")
                if told and not self._header.cascade:
                    raise EditFault(
                        Code.EDIT_CONNECTED,
                        f"{len(told)} relationships are connected to it; delete them too or set cascade_delete",
                    )
                going = [link for link in mine if link.id not in gone]
                left = [r for gone_id in (id, *(link.id for link in going)) for r in about.get(gone_id, ())]
                self._check_orphans(left, "it or a relationship connected to it" if going else "it")
                if self._owners is not None:
                    links_going = self._writing.find([link.id for link in going]) if going else {}
                    self._owners.check(stored, [*links_going.values(), *left])
            except EditFault as fault:
                step.fail(id, fault.code, fault.reason)
                continue
            gone.add(id)
            asked.append(stored)
            for link in going:
                self._cascade(link, gone)
            orphans += left
            step.succeed(id)
        self._conflicts.note(Op.DELETE, asked, self._outcome)
        self._cascade_records(Op.DELETE, orphans)
        if step.named_type.role is TypeRole.DOCUMENT:
            self._records.bereave(gone, self._caller.replica)
        self._note_cascades(gone - {stored.id for stored in asked})
        self._writing.remove(gone, self._caller.replica)

    def _note_cascades(self, links: set[UUID]) -> None:
        if self._caller.base is None:
            return
        ids = sorted(links, key=lambda id: id.int)
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            found = self._writing.find(ids[start : start + _ROWS_AT_ONCE])
            self._conflicts.note(Op.DELETE, found.values(), self._outcome, word=CASCADE)

    def _links(self, step: Step, present: dict[UUID, Stored]) -> dict[UUID, list[Link]]:
        if step.named_type.category is not Category.ENTITY:
            return {}
        by_end: dict[UUID, list[Link]] = {}
        for link in self._writing.connected([i for i, s in present.items() if s.type == step.named_type.id]):
            for end in {link.origin, link.dest}:
                by_end.setdefault(end, []).append(link)
        return by_end

    def _cascade(self, link: Link, gone: set[UUID]) -> None:
        gone.add(link.id)
        cascade = self._outcome.cascades.setdefault(self._model.label(link.type), Cascade())
        cascade.ids.append(link.id)
        cascade.origins.append(link.origin)
        cascade.dests.append(link.dest)

    # ---- the end

    def finish(self) -> Outcome:
        outcome = self._outcome
        if outcome.failed and self._caller.rollback:
            for results in outcome.results:
                results.ids = [None] * len(results.ids)
            outcome.cascades.clear()
            outcome.records.clear()
            outcome.end_points.clear()
            outcome.conflicts.clear()
            outcome.conflict_count = 0
            outcome.error = EditError(Code.EDIT_ROLLED_BACK, "An edit failed, so nothing was applied")
            raise RolledBack(outcome)
        if outcome.end_points:
            self._writing.put_data_model(self._end_points.learned(self._writing.moment))
        return outcome
