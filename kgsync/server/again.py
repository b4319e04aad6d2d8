"""Giving an archive again: the same replica, from the same date to the same date, for the same account.

A device that asks whether there is anything new, or whose answer was lost, is told the same for as long as nothing
was committed; no second archive is made, and nothing is written.
"""

from __future__ import annotations

from kgsync.files.archives import Archives
from kgsync.model.history import Moment
from kgsync.model.people import Principal
from kgsync.model.replica import Download, Replica
from kgsync.store.reading import StoreReading

_CONTACT_MS = 60_000  # a replica that asks again is noted this often


class Again:
    """Find archives that may be given again."""

    def __init__(self, archives: Archives, keep_ms: int) -> None:
        self._archives, self._keep_ms = archives, keep_ms

    def archive(
        self, reading: StoreReading, replica: Replica, download: Download, who: Principal, now: int
    ) -> str | None:
        """Name the archive that answers a download as it was answered before; None when one has to be made.

        It has at least half of its life before it, and nothing about the replica would have to be noted.
        """
        upto = reading.clock()
        if download.after is None:
            return None  # whoever asks for everything anew gets it made anew
        noted = replica.served >= upto and replica.presented >= download.after
        if not noted or not 0 <= now - replica.last_contact < _CONTACT_MS:
            return None
        until = now + self._keep_ms // 2
        name = reading.archive_of(replica.id, who.name, begin_of(download.after), upto.ms, until)
        return name if name is not None and self._archives.path(name).exists() else None


def begin_of(after: Moment | None) -> int:
    """Write where an archive begins: 0 is a snapshot."""
    return 0 if after is None else after.ms
