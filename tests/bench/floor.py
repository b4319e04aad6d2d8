"""The floor of a snapshot: the same stored rows, concatenated by SQLite, deflated by isal, in a zip on disk."""

import sqlite3
import sys
import zipfile

from isal import isal_zlib

# The standard library's zip writer with isal as its compressor.
zipfile.zlib = isal_zlib  # type: ignore[attr-defined]
zipfile._get_compressor = lambda *_: isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)  # type: ignore[attr-defined]
zipfile.crc32 = isal_zlib.crc32  # type: ignore[attr-defined]

database, target = sys.argv[1:]
connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
kinds = [kind for (kind,) in connection.execute("SELECT DISTINCT type FROM object ORDER BY type")]
step = (
    "SELECT CAST(group_concat(row, '') AS BLOB), max(position) FROM (SELECT row, rowid AS position FROM object "
    "WHERE svc = 1 AND type = ? AND rowid > ? ORDER BY rowid LIMIT 2000)"
)
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
    for kind in kinds:
        with archive.open(f"{kind}.binpb", "w", force_zip64=True) as member:
            last = 0
            while True:
                rows, last = connection.execute(step, (kind, last)).fetchone()
                if last is None:
                    break
                member.write(rows)
