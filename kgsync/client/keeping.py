"""Where tokens are kept between commands: the system's keyring, or a file only its owner reads."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

_SERVICE = "kgsync"


def _keyring() -> Any | None:
    """Find a keyring that works; None where there is none, as on most servers."""
    try:
        keyring = import_module("keyring")
        keyring.get_password(_SERVICE, "probe")
    except Exception:  # noqa: BLE001  a keyring fails in as many ways as there are systems
        return None
    return keyring


def config_directory() -> Path:
    """Give the directory of this user's settings: KGSYNC_CONFIG, or where the system keeps such things."""
    given = os.environ.get("KGSYNC_CONFIG")
    if given:
        return Path(given)
    base = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("APPDATA")
    return (Path(base) if base else Path.home() / ".config") / "kgsync"


class Keeping:
    """Tokens by the address of their server."""

    def __init__(self, directory: Path | None = None) -> None:
        self._file = (directory or config_directory()) / "tokens.json"

    def put(self, url: str, token: str) -> str:
        """Keep a token; say where."""
        keyring = _keyring()
        if keyring is not None:
            keyring.set_password(_SERVICE, url, token)
            kept = self._read()
            if kept.pop(url, None) is not None:
                self._write(kept)  # an older one would be found first
            return "the system's keyring"
        self._write({**self._read(), url: token})
        return str(self._file)

    def get(self, url: str) -> str | None:
        """Find the token of a server."""
        found = self._read().get(url)
        keyring = None if found is not None else _keyring()
        return keyring.get_password(_SERVICE, url) if keyring is not None else found

    def forget(self, url: str) -> bool:
        """Forget the token of a server; say whether there was one."""
        had = self.get(url) is not None
        keyring = _keyring()
        if keyring is not None:
            with contextlib.suppress(keyring.errors.PasswordDeleteError):
                keyring.delete_password(_SERVICE, url)
        kept = self._read()
        if kept.pop(url, None) is not None:
            self._write(kept)
        return had

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, tokens: dict[str, str]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._file.with_name(f"{self._file.name}.part")
        with _private(part) as handle:
            os.write(handle, json.dumps(tokens).encode())
        part.replace(self._file)


@contextlib.contextmanager
def _private(path: Path) -> Iterator[int]:
    path.unlink(missing_ok=True)  # one left by a crash may be of other rights
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)
