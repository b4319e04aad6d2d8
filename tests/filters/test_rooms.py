"""What a base install lacks is not asked for: the client's rooms import without the parser or geometry libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

_CODE = """
import importlib, pkgutil, sys
for name in ("lark", "shapely", "pyproj", "sqlalchemy"):
    sys.modules[name] = None
for name in ("kgsync.client", "kgsync.wire", "kgsync.model"):
    room = importlib.import_module(name)
    for module in pkgutil.walk_packages(room.__path__, name + "."):
        importlib.import_module(module.name)
"""


def test_the_client_and_what_it_needs_import_without_the_servers_libraries() -> None:
    subprocess.run([sys.executable, "-c", _CODE], check=True, capture_output=True)


@pytest.mark.parametrize("module", ["check", "text", "static", "checker"])
def test_a_clause_is_checked_without_geometry_libraries(module: str) -> None:
    code = f"import sys; sys.modules.update(shapely=None, pyproj=None); import kgsync.filters.{module}"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
