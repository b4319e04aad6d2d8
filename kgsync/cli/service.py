"""kgsync service: create and list services and switch their features, beside a running server or without one."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from kgsync.cli.options import DatabaseUrl, DataDir, opened, settings_from
from kgsync.errors import MalformedInput
from kgsync.model.audit import Action, event
from kgsync.model.catalog import CAPABILITIES, Feature, Features, OwnershipAccess, ServiceSettings, Sharing
from kgsync.model.people import OPERATOR
from kgsync.model.schema import EditorTracking
from kgsync.server.clock import wall_clock
from kgsync.server.feature_loading import load_features
from kgsync.server.feature_publishing import publish_features
from kgsync.server.feature_sources import FeatureFile
from kgsync.server.features import change_settings, switch
from kgsync.server.finding import service_named
from kgsync.server.layers import publish_layers
from kgsync.server.opening import first_start, store_of
from kgsync.server.publishing import publish, unpublish
from kgsync.server.wiring import protobuf_wire
from kgsync.store.database import Store
from kgsync.wire.esrijson.definition import read_definition

_DEFAULT = ",".join(ServiceSettings().capabilities)


class ServiceKind(StrEnum):
    """What a service shows its objects as."""

    GRAPH = "graph"
    FEATURES = "features"


class FeatureName(StrEnum):
    """Features as the command line calls them."""

    SYNC = "sync"
    DOCUMENTS = "documents"
    PROVENANCE = "provenance"
    EDITOR_TRACKING = "editor-tracking"


_FEATURES = {name: Feature[name.name] for name in FeatureName}

commands = typer.Typer(no_args_is_help=True, help="Create and list services, switch their features.")


def register(app: typer.Typer) -> None:
    app.add_typer(commands, name="service")


@commands.command("create", help="Publish an empty graph, or the layers of one; a running server sees it at once.")
def create(
    name: Annotated[str | None, typer.Argument(help="Name of the service; layers have that of their graph.")] = None,
    kind: Annotated[ServiceKind, typer.Option("--type", help="What is published.")] = ServiceKind.GRAPH,
    from_graph: Annotated[
        str | None, typer.Option("--from-graph", help="Show the entity types of this graph as layers.")
    ] = None,
    definition: Annotated[
        Path | None, typer.Option(help="JSON of layers, tables, fields and domains to begin with.", exists=True)
    ] = None,
    from_file: Annotated[
        Path | None,
        typer.Option("--from", help="A GeoPackage, Shapefile, GeoJSON, FlatGeobuf or CSV with x and y.", exists=True),
    ] = None,
    attachments: Annotated[
        bool, typer.Option("--attachments", help="Let photos be attached to the features of a file.")
    ] = False,
    capabilities: Annotated[str, typer.Option(help="Comma-separated capabilities.")] = _DEFAULT,
    folder: Annotated[str, typer.Option(help="Folder of the service; empty for the root.")] = "Hosted",
    sync: Annotated[bool, typer.Option(help="Whether replicas can be made.")] = True,
    sharing: Annotated[Sharing, typer.Option(help="Whom it exists for beside you.")] = Sharing.PRIVATE,
    documents: Annotated[bool, typer.Option("--documents", help="Keep documents.")] = False,
    provenance: Annotated[bool, typer.Option("--provenance", help="Keep provenance, and documents.")] = False,
    editor_tracking: Annotated[
        bool, typer.Option("--editor-tracking", help="Note who made and last edited what, and when.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    settings = settings_from(data_dir=data_dir, database_url=database_url)
    if from_graph is not None:
        _publish_layers(name, from_graph, folder, data_dir, database_url)
        return
    layered = definition is not None or from_file is not None
    if kind is ServiceKind.FEATURES and not layered:
        raise MalformedInput("Say what the layers are: --from-graph NAME, --definition FILE or --from FILE")
    if name is None:
        raise MalformedInput("Say how the service is to be called")
    asked = _capabilities(capabilities)
    store = store_of(settings)
    try:
        made_settings = ServiceSettings(
            capabilities=asked,
            supports_sync=sync,
            rollback_on_failure=settings.rollback_on_failure,
            sharing=sharing,
        )
        _announce_password(first_start(settings, store), settings.admin_user)
        if layered:
            _made_features(store, name, folder, settings.admin_user, made_settings, definition, from_file, attachments)
            return
        features = Features(
            documents=documents, provenance=provenance, tracking=EditorTracking() if editor_tracking else None
        )
        made = publish(store, name, folder, settings.admin_user, made_settings, wall_clock(), uuid4, features)
    finally:
        store.close()
    Console().print(f"Service {made.path} was created.", highlight=False)


def _made_features(
    store: Store,
    name: str,
    folder: str,
    owner: str,
    settings: ServiceSettings,
    definition: Path | None,
    source: Path | None,
    attachments: bool,
) -> None:
    """Publish a feature service from a definition, or from a file with its features."""
    console, codec = Console(), protobuf_wire().codec
    if source is None:
        assert definition is not None, "one of both is given"
        try:
            given = json.loads(definition.read_text(encoding="utf-8"))
        except ValueError as error:
            raise MalformedInput(f"the file is not JSON: {error}", place=definition.name) from None
        made = publish_features(
            store, name, folder, owner, settings, read_definition(given), wall_clock(), uuid4, codec
        )
        console.print(f"{made.path}/FeatureServer was created.", highlight=False)
        return
    if definition is not None:
        raise MalformedInput("Give --definition or --from, not both")
    file = FeatureFile(source)
    asked = replace(file.definition, layers=tuple(replace(d, attachments=attachments) for d in file.definition.layers))
    made = publish_features(store, name, folder, owner, settings, asked, wall_clock(), uuid4, codec)
    try:
        with Progress(TextColumn("Loading"), BarColumn(), MofNCompleteColumn(), console=console) as progress:
            task = progress.add_task("Loading", total=file.total)
            count = load_features(
                store, made, file, codec, wall_clock, uuid4, lambda done: progress.update(task, completed=done)
            )
    except BaseException:
        unpublish(store, made)
        raise
    layers = len(file.definition.layers)
    console.print(f"{made.path}/FeatureServer was created: {layers} layers, {count:,} features.", highlight=False)


def _publish_layers(
    name: str | None, graph: str | None, folder: str, data_dir: Path | None, database_url: str | None
) -> None:
    if graph is None:
        raise MalformedInput("Say which graph the layers are of: --from-graph NAME")
    with opened(data_dir, database_url) as store:
        found = service_named(store, graph if "/" in graph else f"{folder}/{graph}")
        if name is not None and name.casefold() != found.name.casefold():
            raise MalformedInput(f"Layers are found under the name of their graph, {found.name}: leave the other out")
        layers = publish_layers(store, found, wall_clock())
    Console().print(f"{len(layers)} layers of {found.path} are at {found.path}/FeatureServer.", highlight=False)


def _capabilities(given: str) -> tuple[str, ...]:
    if given.strip().lower() == "none":
        return ()
    asked = tuple(word.strip() for word in given.split(",") if word.strip())
    unknown = set(asked) - set(CAPABILITIES)
    if unknown:
        raise MalformedInput(f"Unknown capabilities {', '.join(sorted(unknown))}; known are {', '.join(CAPABILITIES)}")
    return asked


def _announce_password(generated: str | None, user: str) -> None:
    if generated is not None:
        Console().print(
            f"Administrator {user} was made with the password {generated}; it is not shown again.",
            highlight=False,
            soft_wrap=True,
        )


@commands.command("feature", help="Switch features of a service; a running server heeds it at once.")
def feature(
    name: Annotated[str, typer.Argument(help="Name of the service.")],
    enable: Annotated[list[FeatureName] | None, typer.Option(help="Feature to switch on; may be repeated.")] = None,
    disable: Annotated[
        list[FeatureName] | None,
        typer.Option(help="Feature to switch off, with all it keeps: provenance records, tracking values, replicas."),
    ] = None,
    folder: Annotated[str, typer.Option(help="Folder of the service; empty for the root.")] = "Hosted",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    wanted = [(f, False) for f in disable or ()] + [(f, True) for f in enable or ()]
    if not wanted:
        raise MalformedInput("Say which feature to --enable or --disable")
    with opened(data_dir, database_url) as store:
        found = service_named(store, name if "/" in name else f"{folder}/{name}")
        for chosen, on in wanted:
            gone = switch(store, found, _FEATURES[chosen], on, wall_clock(), protobuf_wire().codec)
            Console().print(f"{found.path}: {chosen.value} is {'on' if on else 'off'}.", highlight=False)
            if gone:
                Console().print(f"{len(gone)} replicas were unregistered.", highlight=False)


@commands.command("share", help="Say whom a service exists for; it counts from the next request.")
def share(
    name: Annotated[str, typer.Argument(help="Name of the service, or FOLDER/NAME.")],
    sharing: Annotated[Sharing, typer.Argument(metavar="SHARING", help="private, organization or everyone.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    with opened(data_dir, database_url) as store:
        found = service_named(store, name)
        with store.changing_catalog() as catalog:
            catalog.change_settings(found.id, lambda settings: replace(settings, sharing=sharing))
            catalog.audit(found.id, event(OPERATOR, Action.SHARE, wall_clock(), {"sharing": sharing.value}))
    Console().print(f"{found.path}: {sharing.value}.", highlight=False)


@commands.command("capabilities", help="Say what a service lets people do; it counts from the next request.")
def change_capabilities(
    name: Annotated[str, typer.Argument(help="Name of the service, or FOLDER/NAME.")],
    capabilities: Annotated[str, typer.Argument(help=f"Comma-separated, of {', '.join(CAPABILITIES)}.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    asked = _capabilities(capabilities)
    if not asked and capabilities.strip().lower() != "none":
        raise MalformedInput("Name capabilities, or none for a service nobody but its owner uses")
    with opened(data_dir, database_url) as store:
        found = service_named(store, name)
        change_settings(store, found, lambda settings: replace(settings, capabilities=asked), wall_clock())
    Console().print(f"{found.path}: {', '.join(asked) or 'nothing'}.", highlight=False)


class Switch(StrEnum):
    ON = "on"
    OFF = "off"


@commands.command("ownership", help="Leave objects to who created them: others cannot change, or even see, them.")
def ownership(
    name: Annotated[str, typer.Argument(help="Name of the service, or FOLDER/NAME.")],
    switch_to: Annotated[Switch, typer.Argument(metavar="on|off")],
    hide: Annotated[
        bool | None,
        typer.Option("--hide/--show", help="Whether others do not see them either; without it, as it was."),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    with opened(data_dir, database_url) as store:
        found = service_named(store, name)
        on = switch_to is Switch.ON
        if hide and not on:
            raise MalformedInput("--hide goes with on")

        def change(settings: ServiceSettings) -> ServiceSettings:
            hides = settings.ownership.hides if hide is None else hide
            return replace(settings, ownership=OwnershipAccess(enabled=on, others_query=not (on and hides)))

        made = change_settings(store, found, change, wall_clock())
    hidden = ", and others do not see them" if made.ownership.hides else ", and others see them" if on else ""
    Console().print(f"{found.path}: ownership-based access is {switch_to.value}{hidden}.", highlight=False)


@commands.command("list", help="List services.")
def listing(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    with opened(data_dir, database_url) as store, store.catalog() as catalog:
        services = catalog.services()
    table = Table("Service", "Owner", "Sharing", "Sync", "Capabilities")
    for service in services:
        table.add_row(
            service.path,
            service.owner,
            service.settings.sharing.value,
            "yes" if service.settings.supports_sync else "no",
            ", ".join(service.settings.capabilities),
        )
    Console().print(table if services else "No services yet; make one with: kgsync service create NAME")
