"""Backup and restore: a database as one read view shows it, and the uploaded files it refers to.

Archives and jobs are not in a backup: archives live for a day and are made again by any synchronize, and a
job without its process is one nobody waits for.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from kgsync import __version__
from kgsync.errors import MalformedInput, NotFound
from kgsync.files.bundle import digested, files_in, new_directory, place, verify
from kgsync.files.items import Items
from kgsync.files.spool import full_disk_told
from kgsync.model.backup import FORMAT, Manifest, Restored
from kgsync.model.history import Moment
from kgsync.store.copying import check_target, copy_in, copy_out
from kgsync.store.documents import MANIFEST
from kgsync.store.restoring import Stamp

MANIFEST_FILE = "manifest.json"
_MAX_MANIFEST = 64 * 1024 * 1024  # a line per uploaded file
# Told what is being done, how far it is, and the whole.
Told = Callable[[str, int, int], None]


def backup(data_dir: Path, database_url: str | None, target: Path, now: int, told: Told) -> Manifest:
    """Write a backup to a new or empty directory while servers go on; blocking.

    Raises Conflict (the target holds something), NotFound (nothing to back up), Unavailable, StorageFull.
    """
    with new_directory(target) as made:
        database = copy_out(data_dir, database_url, made, lambda done, whole: told("database", done, whole))
        (made / "items").mkdir(mode=0o700)
        for number, item_id in enumerate(database.items, 1):
            source = data_dir / "items" / item_id
            if source.exists():
                shutil.copyfile(source, made / "items" / item_id)
            told("uploaded files", number, len(database.items))
        files = files_in(made)
        whole, done = sum(path.stat().st_size for path in files), 0

        def read(count: int) -> None:
            nonlocal done
            done += count
            told("digests", done, whole)

        manifest = Manifest(
            format=FORMAT,
            version=__version__,
            created=now,
            database=database,
            files=tuple(digested(made, path, read) for path in files),
        )
        (made / MANIFEST_FILE).write_text(MANIFEST.dump(manifest))
    return manifest


def read_manifest(source: Path) -> Manifest:
    """Read what a backup says of itself. Raises NotFound, MalformedInput."""
    path = source / MANIFEST_FILE
    if not path.is_file():
        raise NotFound(f"{source} is no backup: it has no {MANIFEST_FILE}")
    if path.stat().st_size > _MAX_MANIFEST:
        raise MalformedInput("the file is too large to be one of kgsync's", place=MANIFEST_FILE)
    try:
        manifest = MANIFEST.load(path.read_text())
    except ValueError as error:
        raise MalformedInput("the file is not one of kgsync's", place=MANIFEST_FILE) from error
    if manifest.format != FORMAT:
        raise MalformedInput(
            f"format {manifest.format} was written by kgsync {manifest.version}; this one reads format {FORMAT}",
            place=MANIFEST_FILE,
        )
    return manifest


def restore(
    source: Path,
    data_dir: Path,
    database_url: str | None,
    now: int,
    told: Told,
    *,
    at_least: Moment,
    overwrite: bool,
) -> list[Restored]:
    """Put a backup in place and stamp the restore epoch; blocking. The database comes last, all or nothing.

    `at_least` is the newest date the lost server is known to have given. Raises NotFound, MalformedInput (a
    damaged backup), NotSupported (the other kind of database), Conflict (the target holds something, or is
    in use, or the backup is of a newer program), Unavailable, StorageFull.
    """
    manifest = read_manifest(source)
    check_target(manifest.database, data_dir, database_url, overwrite=overwrite)
    whole, done = sum(file.size for file in manifest.files), 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        told("digests", done, whole)

    verify(source, manifest.files, read)
    present = frozenset(file.name.removeprefix("items/") for file in manifest.files if file.name.startswith("items/"))
    items = Items(data_dir / "items")
    for number, item_id in enumerate(sorted(present), 1):
        place(source / "items" / item_id, items.path(item_id))
        told("uploaded files", number, len(present))
    # Whoever copied the files saw clocks up to this one.
    stamp = Stamp(wall=max(now, manifest.created), at_least=at_least, items=present)
    with full_disk_told():
        restored = copy_in(
            manifest.database, source, data_dir, database_url, stamp, lambda n, of: told("database", n, of)
        )
        shutil.rmtree(data_dir / "jobs", ignore_errors=True)  # requests of jobs the database no longer has
    return restored
