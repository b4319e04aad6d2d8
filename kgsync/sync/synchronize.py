"""The rules of a synchronize call: what a direction allows, what goes first, what date goes back.

Order: the download half is checked, then the upload is applied, then `upto` is chosen, then the
download is made. So a call that cannot be answered is refused before anything is applied.
"""

from __future__ import annotations

from kgsync.errors import Forbidden, SnapshotRequired
from kgsync.model.edits import Capabilities
from kgsync.model.history import Moment
from kgsync.model.replica import Definition, Download, Replica, Synchronize, Warnings
from kgsync.store.base import Reading
from kgsync.sync.codec import Codec
from kgsync.sync.delta import check_answerable
from kgsync.sync.membership import resolve


def admit(
    reading: Reading, replica: Replica, call: Synchronize, allowed: Capabilities, warnings: Warnings, codec: Codec
) -> Download | None:
    """Check a call against the replica's direction and the service; give the download it gets.

    Raises Forbidden (direction, capabilities), SnapshotRequired, Conflict (a clause lost what it reads).
    """
    if call.upload is not None:
        if not replica.direction.uploads:
            raise Forbidden("This replica only downloads; its direction does not allow uploads")
        if not (allowed.create or allowed.update or allowed.delete):
            raise Forbidden("The service does not take edits")
    download = call.download
    if download is not None and not replica.direction.downloads:
        # Deployed clients always send download parameters, so this is no error.
        warnings.add("This replica only uploads; its download parameters were ignored")
        return None
    if download is not None and download.after is not None:
        check_answerable(reading, download.after)
        held_by(replica, download.after)
    if download is not None:
        resolve(reading, replica.seen, codec, Warnings())  # the download itself warns
    return download


def held_by(replica: Replica, after: Moment) -> Definition:
    """Give the definition a replica was served by at a date. Raises SnapshotRequired when it is no longer known."""
    found = replica.definition_at(after)
    if found is None:
        raise SnapshotRequired(
            f"What this replica was allowed to see at last_sync_date {after} is no longer known: take a snapshot"
        )
    return found


def base_of(replica: Replica, call: Synchronize) -> Moment | None:
    """Give the Moment the caller's edits were made on, if it says one and can be held to it."""
    if call.download is None or not replica.direction.downloads:
        return None
    return call.download.after


def upload_only_date(replica: Replica) -> Moment | None:
    """Give the date an upload-only call answers with: the one the client has, if that is certain.

    A client that stored an older Moment than its data would be given folded deltas.
    """
    return replica.served if replica.served == replica.presented else None
