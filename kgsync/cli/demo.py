"""kgsync demo: a server with real data, a replica, someone else's edits, and what a delta brings."""

from __future__ import annotations

import asyncio
import io
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import aiohttp
import typer
from aiohttp import web
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from kgsync.cli.options import settings_from
from kgsync.cli.serve import calm_collector, configure_logs, until_stopped
from kgsync.errors import KgsyncError, MalformedInput, NotFound
from kgsync.model.catalog import Service
from kgsync.model.edits import Add, Batch, Delete, EditsHeader, Op, Update
from kgsync.model.geometry import WGS84, Geometry, GeometryKind, default_grid
from kgsync.model.people import Role
from kgsync.model.schema import Category
from kgsync.model.values import Value
from kgsync.server.clock import wall_clock
from kgsync.server.compose import running
from kgsync.server.http.app import served
from kgsync.server.http.context import Context
from kgsync.server.opening import first_start
from kgsync.server.samples.load import ensure_service, load
from kgsync.server.samples.world import TYPES, World
from kgsync.server.security.accounts import add_account
from kgsync.wire.pbf.requests import encode_apply_edits
from kgsync.wire.pbf.upload_file import read_upload_file

_TYPES = {
    "entityTypes": ("Continent", "Country", "City", "Airport"),
    "relationshipTypes": ("InContinent", "InCountry", "CapitalOf", "Neighbours", "Serves"),
}
_GRID = default_grid(WGS84)
# Object id to its type, values, origin and destination.
Rows = dict[UUID, tuple[str, dict[str, Value], UUID | None, UUID | None]]


def register(app: typer.Typer) -> None:
    app.command("demo", help="Show the whole round on real data: serve, replicate, edit, synchronize.")(demo)


def demo(
    data_dir: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("kgsync-demo"),
    port: Annotated[int, typer.Option(help="Port to listen on, 0 for a free one.")] = 8080,
    once: Annotated[bool, typer.Option("--once", help="End when the round is done, and keep nothing.")] = False,
) -> None:
    configure_logs("error")
    if once:
        with tempfile.TemporaryDirectory(prefix="kgsync-demo-") as directory:
            asyncio.run(_demo(Path(directory), 0, once=True))
    else:
        asyncio.run(_demo(data_dir, port, once=False))


async def _demo(data_dir: Path, port: int, *, once: bool) -> None:
    console, password = Console(), secrets.token_urlsafe(9)
    settings = settings_from(data_dir=data_dir, port=port, host="127.0.0.1", admin_password=password)
    async with running(settings) as ctx:
        calm_collector()
        known = await asyncio.to_thread(first_start, settings, ctx.verbs.store)
        assert known is None, "the password was given"
        service = await asyncio.to_thread(_prepare, ctx, console)
        runner = served(ctx)
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.host, settings.port).start()
            url = f"http://{settings.host}:{runner.addresses[0][1]}"
            console.print(f"kgsync is serving at {url}", highlight=False)
            await _round(url, service, _tokens(ctx), console)
            if not once:
                page = f"{url}/server/rest/services/{service.path}/KnowledgeGraphServer"
                console.print(
                    f"\nThe server keeps running; end it with Ctrl-C. Its graph: {page}\n"
                    f"A token for it: kgsync token {settings.admin_user} --data-dir {data_dir}",
                    highlight=False,
                    soft_wrap=True,
                )
                await until_stopped()
        finally:
            await runner.cleanup()


def _prepare(ctx: Context, console: Console) -> Service:
    """Load the world once; a demo run again goes on with what is there."""
    store = ctx.verbs.store
    with store.catalog() as catalog, store.people() as people:
        found = catalog.service("Hosted", "world")
        colleague = people.account("surveyor")
    if colleague is None:
        add_account(store, "surveyor", secrets.token_urlsafe(12), role=Role.CONTRIBUTOR, now=wall_clock())
    if found is not None:
        return found
    service = ensure_service(store, "world", "Hosted", ctx.settings.admin_user)
    world = World("small")
    columns = (TextColumn("Loading the world"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=world.expected)
        total = load(store, service, TYPES, world.batches(), ctx.verbs.wire.codec, lambda n: progress.advance(task, n))
        progress.update(task, total=total, completed=total)
    return service


def _tokens(ctx: Context) -> Callable[[str], str]:
    def token(name: str) -> str:
        with ctx.verbs.store.people() as people:
            account = people.account(name)
        if account is None:
            raise NotFound(f"There is no user {name!r}")
        return ctx.tokens.issue(account, 60, wall_clock())[0]

    return token


class _Client:
    """One user's requests to the graph, by the published wire."""

    def __init__(self, session: aiohttp.ClientSession, graph: str, token: str) -> None:
        self._session, self._graph, self._token = session, graph, token

    async def ask(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """POST a request in JSON and give its answer. Raises KgsyncError."""
        address = f"{self._graph}/{operation}"
        async with self._session.post(address, json=request, params={"token": self._token, "f": "json"}) as answer:
            found: dict[str, Any] = await answer.json()
        if "error" in found:
            raise KgsyncError(found["error"]["message"])
        return found

    async def apply(self, batches: list[Batch]) -> None:
        """POST edits as frames."""
        body = encode_apply_edits(EditsHeader(cascade=True, grid=_GRID), [batches])
        parameters = {"token": self._token, "f": "pbf"}
        async with self._session.post(f"{self._graph}/graph/applyEdits", data=body, params=parameters) as answer:
            await answer.read()

    async def download(self, url: str) -> list[Batch]:
        """Fetch an archive and read its edits in order."""
        async with self._session.get(url) as answer:
            data = await answer.read()
        return await asyncio.to_thread(_read, data)


def _read(data: bytes) -> list[Batch]:
    _, frames = read_upload_file(io.BytesIO(data), len(data))
    return [batch for frame in frames for batch in frame]


async def _round(url: str, service: Service, token: Callable[[str], str], console: Console) -> None:
    graph = f"{url}/server/rest/services/{service.path}/KnowledgeGraphServer"
    async with aiohttp.ClientSession() as session:
        mine = _Client(session, graph, await asyncio.to_thread(token, "admin"))
        theirs = _Client(session, graph, await asyncio.to_thread(token, "surveyor"))
        made = (await mine.ask("replicas/create", _definition()))["createReplicaResult"]
        rows = _rows(await mine.download(made["replicaDataUrl"]))
        console.print(
            f"Replica {made['replicaName']} holds {len(rows):,} objects as of {made['syncDate']}", highlight=False
        )
        await theirs.apply(_edits(rows))
        console.print(
            "Someone else edits the graph: a city renamed, an airport closed, a capital moved.", soft_wrap=True
        )
        answer = await mine.ask(
            f"replicas/{made['replicaId']}/synchronize",
            {"downloadParameters": {"replicaDeltas": {"lastSyncDate": made["syncDate"]}}},
        )
        result = answer["synchronizeReplicaResult"]
        changes = await mine.download(result["downloadResults"]["syncDataUrl"])
        console.print(_table(rows, changes, f"Delta up to {result['syncDate']}"))


def _definition() -> dict[str, Any]:
    static = {
        kind: [{f"{kind[:-1]}ReplicaDefinition": {"typeName": name}} for name in names]
        for kind, names in _TYPES.items()
    }
    return {"requestedReplicaName": "Demo", "replicaFilters": {"staticDefinition": static}}


def _rows(batches: list[Batch]) -> Rows:
    found: Rows = {}
    for batch in batches:
        for edit in batch.edits:
            if isinstance(edit, Add) and isinstance(edit.id, UUID):
                ends = [end if isinstance(end, UUID) else None for end in (edit.origin, edit.dest)]
                found[edit.id] = (batch.type_name, edit.values, ends[0], ends[1])
    return found


# ---- what someone else does


def _find(rows: Rows, type_name: str, name: str, value: str) -> UUID:
    for id, (kind, values, _, _) in rows.items():
        if kind == type_name and values.get(name) == value:
            return id
    raise MalformedInput(f"the sample has no {type_name} with {name} {value!r}; remove the demo's data to start anew")


def _edits(rows: Rows) -> list[Batch]:
    """Rename Astana as in 2019, close Istanbul's old airport, move Indonesia's capital to Nusantara."""
    renamed = _find(rows, "City", "timezone", "Asia/Almaty")
    for id, (kind, values, _, _) in rows.items():
        if kind == "City" and values.get("name") in ("Astana", "Nur-Sultan"):
            renamed = id
    name: Value = "Astana" if rows[renamed][1]["name"] == "Nur-Sultan" else "Nur-Sultan"
    airport = _find(rows, "Airport", "icao", "LTBA")
    status: Value = "open" if rows[airport][1]["status"] == "closed" else "closed"
    country = _find(rows, "Country", "iso", "ID")
    capital = next(i for i, (kind, _, _, dest) in rows.items() if kind == "CapitalOf" and dest == country)
    nusantara, link, seat = (UUID(bytes=secrets.token_bytes(16), version=4) for _ in range(3))
    place = Geometry(GeometryKind.POINT, False, False, ((116.7058, -0.9744),))
    city: dict[str, Value] = {"name": "Nusantara", "population": 200_000, "timezone": "Asia/Makassar", "shape": place}
    return [
        Batch(Op.ADD, Category.ENTITY, "City", [Add(nusantara, city)]),
        Batch(Op.ADD, Category.RELATIONSHIP, "InCountry", [Add(link, {}, nusantara, country)]),
        Batch(Op.ADD, Category.RELATIONSHIP, "CapitalOf", [Add(seat, {}, nusantara, country)]),
        Batch(Op.UPDATE, Category.ENTITY, "City", [Update(renamed, {"name": name})]),
        Batch(Op.UPDATE, Category.ENTITY, "Airport", [Update(airport, {"status": status})]),
        Batch(Op.DELETE, Category.RELATIONSHIP, "CapitalOf", [Delete(capital)]),
    ]


# ---- what the delta says


def _table(rows: Rows, changes: list[Batch], title: str) -> Table:
    table = Table("", "Type", "Object", "What changed", title=title, title_justify="left")
    after = {**rows, **_rows(changes)}
    for batch in changes:
        for edit in batch.edits:
            if isinstance(edit.id, UUID):
                table.add_row(batch.op.name.lower(), batch.type_name, _label(after, edit.id), _difference(rows, edit))
    return table


def _label(rows: Rows, id: UUID) -> str:
    _, values, origin, dest = rows.get(id, ("", {}, None, None))
    if origin is not None and dest is not None:
        return f"{_label(rows, origin)} → {_label(rows, dest)}"
    return str(values.get("name") or id)


def _difference(rows: Rows, edit: Add | Update | Delete) -> str:
    if not isinstance(edit, Update) or not isinstance(edit.id, UUID):
        return ""
    before = rows[edit.id][1]
    changed = {name: value for name, value in edit.values.items() if before.get(name) != value}
    return ", ".join(f"{name}: {before.get(name)!s} → {value!s}" for name, value in changed.items())
