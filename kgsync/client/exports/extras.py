"""What an export needs beside the base install, and one line that says so where it is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from kgsync.errors import NotSupported


def needed(module: str, extra: str) -> Any:
    """Import a module of an extra. Raises NotSupported, which says what to install."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise NotSupported(f"This needs an extra: pip install 'kgsync[{extra}]' ({error.name} is missing)") from error
