"""Room on a disk: files that come and go leave some to the database, which cannot wait."""

from __future__ import annotations

import shutil
from pathlib import Path

from kgsync.errors import StorageFull


class Room:
    """The disk of a directory, of which `reserve` bytes stay free."""

    def __init__(self, directory: Path, reserve: int = 0) -> None:
        self._directory, self._reserve = directory, reserve

    def left(self) -> int:
        """Say how many bytes may still be written."""
        return max(0, shutil.disk_usage(self._directory).free - self._reserve)

    def require(self, size: int) -> None:
        """Refuse to write so many bytes when they would not fit. Raises StorageFull."""
        if self.left() < size:
            raise StorageFull("The disk is almost full; nothing was written")
