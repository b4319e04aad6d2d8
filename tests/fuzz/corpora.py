"""The committed corpora: one zip per target, of what fuzzing found to reach new code, and of what it broke once."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent / "corpus"


def entries(target: str) -> list[bytes]:
    """Read the corpus of a target."""
    file = HERE / f"{target}.zip"
    if not file.exists():
        return []
    with zipfile.ZipFile(file) as archive:
        return [archive.read(name) for name in sorted(archive.namelist())]


def unpack(target: str, directory: Path, seeds: tuple[bytes, ...]) -> None:
    """Write a corpus and seeds as the files libFuzzer wants."""
    directory.mkdir(parents=True, exist_ok=True)
    for data in (*entries(target), *seeds):
        (directory / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def pack(target: str, directory: Path, most: int = 300) -> int:
    """Keep the shortest files of a directory as the corpus of a target; give how many."""
    files = sorted((path.read_bytes() for path in directory.iterdir()), key=lambda data: (len(data), data))[:most]
    with zipfile.ZipFile(HERE / f"{target}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for data in files:
            name = zipfile.ZipInfo(hashlib.sha256(data).hexdigest()[:16])
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return len(files)


if __name__ == "__main__":
    print(pack(sys.argv[1], Path(sys.argv[2])))  # noqa: T201  run by hand, after a merge
