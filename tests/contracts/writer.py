"""A process that commits to one service: python -m tests.contracts.writer TARGET SERVICE OFFSET_MS COUNT FIRST_ID.

TARGET is a database URL or a directory. Its wall clock is off by OFFSET_MS and jumps by hours. It prints
one line a commit: the Moment and the id it added.
"""

from __future__ import annotations

import random
import sys
import uuid
from pathlib import Path

from kgsync.model.edits import ALL_EDITS, EditsHeader, Op
from kgsync.server.clock import wall_clock
from kgsync.store.database import open_store
from kgsync.sync.upload import Caller, apply_edits
from tests.graphs import CODEC, add, entity


def main() -> None:
    target, service, offset, count, first = sys.argv[1], *map(int, sys.argv[2:])
    store = open_store(Path(target), None) if "://" not in target else open_store(Path(), target)
    caller = Caller(user="ann", allowed=ALL_EDITS, rollback=False, new_id=uuid.uuid4)
    jumps = random.Random(first)
    for number in range(first, first + count):
        wall = wall_clock() + offset + jumps.choice((0, 0, -36_000_000, 36_000_000))
        with store.writing(service, wall) as writing:
            apply_edits(writing, EditsHeader(), [[entity(Op.ADD, "Person", add(number))]], CODEC, caller)
        sys.stdout.write(f"{writing.moment.ms} {number}\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main()
