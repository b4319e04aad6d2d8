"""The routes of the server, written down: a new one, or another need, is seen in review."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kgsync.cli.routes import inventory

_FILE = Path(__file__).parent / "routes.txt"


def test_the_inventory_is_what_is_written_down() -> None:
    found = [f"{' '.join(r.methods)} /{r.path} · {r.need.value}" for r in asyncio.run(inventory())]
    assert found == _FILE.read_text().splitlines(), f"when it is meant, write it into {_FILE.name}"
