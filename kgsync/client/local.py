"""A local replica: what people hold in their hands of one file, without a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

from kgsync.client import pending
from kgsync.client.base import Place
from kgsync.client.editing import Edits
from kgsync.client.kgr import KgrFile, fact, note
from kgsync.client.objects import Object
from kgsync.client.pending import Pending, Rejected
from kgsync.client.showing import Conflicts
from kgsync.client.transport import ServerDigest
from kgsync.client.view import Neighbour, Seen, View, shown
from kgsync.errors import MalformedInput
from kgsync.model.digest import Digest
from kgsync.model.history import Moment
from kgsync.model.replica import CreateReplica, Definition, Direction
from kgsync.wire.pbf.archive_reader import ArchiveModel
from kgsync.wire.pbf.replicas import decode_create, encode_create

Self = TypeVar("Self", bound="LocalReplica")
_PAGE = 1_000  # rows read at a time: between two pages the file is free


class Verified(NamedTuple):
    """Whether base and server agree; `agrees` None when the server cannot say, and `told` why."""

    agrees: bool | None
    held: Digest
    told: str


class LocalReplica:
    """One replica in one file: read, edit, and list what waits. Opened by `open`; close it, or use it in `with`."""

    def __init__(self, file: KgrFile) -> None:
        self._file = file
        self.edits = Edits(file)

    @classmethod
    def open(cls: type[Self], path: str | Path) -> Self:
        """Open a replica file. Raises NotFound, MalformedInput."""
        return cls(KgrFile.open(Path(path)))

    @classmethod
    def begin(
        cls: type[Self],
        path: str | Path,
        *,
        url: str,
        service: str,
        definition: Definition,
        name: str | None = None,
        direction: Direction = Direction.BIDIRECTIONAL,
    ) -> Self:
        """Make a file for a replica that the first synchronization registers and fills. Raises Conflict."""
        replica_id = uuid4()
        request = CreateReplica(requested_name=name, replica_id=replica_id, definition=definition, direction=direction)
        file = KgrFile.create(
            Path(path),
            state="creating",
            url=url,
            service=service,
            replica_id=replica_id.bytes,
            direction=int(direction),
            request=encode_create(request),
        )
        return cls(file)

    def register_again(self) -> None:
        """Have the next synchronization register it anew, for a server that knows it no longer; edits go on waiting.

        What was sent and not answered is sent again then, by its ids: what was applied already is no change.
        """
        with self._file.changing() as connection:
            fresh = uuid4()
            known = replace(decode_create(fact(connection, "request")), replica_id=fresh)
            note(connection, state="creating", replica_id=fresh.bytes, request=encode_create(known))
            connection.execute("DELETE FROM fact WHERE name = 'answer'")

    def close(self) -> None:
        self._file.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    # ---- facts

    def _fact(self, name: str) -> Any:
        with self._file.reading() as connection:
            return fact(connection, name)

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def url(self) -> str:
        """The address of the server it belongs to."""
        return str(self._fact("url"))

    @property
    def service_path(self) -> str:
        return str(self._fact("service"))

    @property
    def id(self) -> UUID:
        return UUID(bytes=self._fact("replica_id"))

    @property
    def name(self) -> str:
        """The name the server gave it; empty until it is registered."""
        return str(self._fact("name") or "")

    @property
    def direction(self) -> Direction:
        return Direction(self._fact("direction"))

    @property
    def ready(self) -> bool:
        """Say whether the first archive was applied."""
        return bool(self._fact("state") == "ready")

    @property
    def sync_date(self) -> Moment | None:
        """The Moment of what it holds; None before the first archive."""
        found = self._fact("sync_date")
        return None if found is None else Moment(found)

    @property
    def data_model(self) -> ArchiveModel:
        """The data model of the last archive. Raises MalformedInput before the first."""
        with self._view() as view:
            return view.base.model

    # ---- reading

    @contextmanager
    def _view(self) -> Iterator[View]:
        with self._file.reading() as connection:
            yield View(connection)

    def get(self, id: UUID) -> Object | None:
        """Give one object with the edits made here; None when there is none."""
        with self._view() as view:
            found = view.seen(id)
            return None if found is None else shown(found)

    def objects(self, type_name: str | None = None) -> Iterator[Object]:
        """Give every object of a type, or of all, a page of the file at a time. Raises UnknownType.

        What is edited or synchronized meanwhile may be in it or not.
        """
        return map(shown, self._seen(type_name, {}))

    def find(self, type_name: str, **properties: Any) -> Iterator[Object]:
        """Give the objects of a type whose properties have these values, as `objects` does. Raises UnknownType."""
        return map(shown, self._seen(type_name, properties))

    def _seen(self, type_name: str | None, properties: Mapping[str, Any]) -> Iterator[Seen]:
        place: Place | None = (0, 0)
        while place is not None:
            with self._view() as view:
                named_type = None if type_name is None else view.require(type_name)
                wanted = {} if type_name is None else view.wanted(type_name, properties)
                page, place = view.page(named_type, place, _PAGE)
            for found in page:
                if all(found.values.get(name) == value for name, value in wanted.items()):
                    yield found

    def neighbours(
        self, id: UUID, type_name: str | None = None, *, outgoing: bool = True, incoming: bool = True
    ) -> list[Neighbour]:
        """List the relationships at an entity, of one type or of all, each with the entity at its other end."""
        with self._view() as view:
            return list(view.neighbours(id, type_name, outgoing=outgoing, incoming=incoming))

    def counts(self) -> dict[str, int]:
        """Count the objects by type."""
        with self._view() as view:
            return view.counts()

    # ---- what waits, and what was told

    @property
    def pending(self) -> list[Pending]:
        """The edits not answered yet, in the order they are sent."""
        with self._file.reading() as connection:
            return list(pending.all_pending(connection))

    @property
    def rejected(self) -> list[Rejected]:
        """The edits the server did not take; `edits.retry` and `edits.drop` deal with them."""
        with self._file.reading() as connection:
            return pending.all_rejected(connection)

    def told(self, kind: str) -> list[str]:
        """List what was told of a kind: "conflict", "warning", "outside"."""
        with self._file.reading() as connection:
            return [text for _, text in pending.told(connection, kind)]

    @property
    def conflicts(self) -> Conflicts:
        """What edits of this replica overwrote at the server, newest last."""
        return Conflicts(self.told("conflict"))

    def write_graphml(self, path: str | Path) -> None:
        """Write GraphML. Needs the extra [networkx]."""
        from kgsync.client.exports.graphs import write_graphml

        write_graphml(self, path)

    def write_geojson(self, path: str | Path, type_name: str | None = None) -> int:
        """Write GeoJSON in WGS 84; give how many objects."""
        from kgsync.client.exports.files import write_geojson

        return write_geojson(self, path, type_name)

    def write_geoparquet(self, path: str | Path, type_name: str) -> int:
        """Write GeoParquet of a type with geometry; give how many objects. Needs the extra [geo]."""
        from kgsync.client.exports.files import write_geoparquet

        return write_geoparquet(self, path, type_name)

    def write_gpkg(self, path: str | Path, type_name: str | None = None) -> int:
        """Write a GeoPackage, a layer a type with geometry; give how many objects. Needs the extra [geo]."""
        from kgsync.client.exports.files import write_gpkg

        return write_gpkg(self, path, type_name)

    def export_edits(self, path: str | Path) -> int:
        """Write what waits and what was rejected, a line of JSON each; give how many. Nothing of it is forgotten."""
        with self._file.reading() as connection:
            lines = [pending.edit_json(edit) for edit in pending.all_pending(connection)]
            lines += [pending.as_json(rejected) for rejected in pending.all_rejected(connection)]
        Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return len(lines)

    def check(self) -> str:
        """Look whether the file is whole, and say how many objects it has. Raises MalformedInput."""
        with self._file.reading() as connection:
            (told,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if told != "ok":
                raise MalformedInput(f"{self.path.name} is damaged: {told}; keep it, and make another with a clone")
        return f"whole, {sum(self.counts().values()):,} objects" if self.sync_date is not None else "whole, empty"

    # ---- into other tools

    def to_networkx(self) -> Any:
        """Make a networkx MultiDiGraph. Needs the extra [networkx]."""
        from kgsync.client.exports.graphs import to_networkx

        return to_networkx(self)

    def to_arrow(self, type_name: str) -> Any:
        """Make a pyarrow Table of a type. Needs the extra [arrow]."""
        from kgsync.client.exports.tables import to_arrow

        return to_arrow(self, type_name)

    def to_pandas(self, type_name: str) -> Any:
        """Make a pandas DataFrame of a type. Needs the extra [pandas]."""
        from kgsync.client.exports.tables import to_pandas

        return to_pandas(self, type_name)

    def to_geopandas(self, type_name: str) -> Any:
        """Make a geopandas GeoDataFrame of a type. Needs the extra [geo]."""
        from kgsync.client.exports.tables import to_geopandas

        return to_geopandas(self, type_name)

    def write(self, path: str | Path, type_name: str | None = None) -> int:
        """Write a file of the kind its name ends with: .geojson, .json, .graphml, .parquet, .gpkg; give how many."""
        from kgsync.client.exports.files import write_file

        return write_file(self, Path(path), type_name)

    def _repr_html_(self) -> str:
        from kgsync.client.showing import replica_html

        return replica_html(self)

    # ---- for the synchronizing kinds

    def digest(self) -> Digest:
        """Add up what the base holds, as the server does."""
        with self._view() as view:
            return view.base.digest()

    def _verified(self, told: ServerDigest) -> Verified:
        held = self.digest()
        agrees = None if told.text is None else told.text == str(held)
        return Verified(agrees, held, told.told)
