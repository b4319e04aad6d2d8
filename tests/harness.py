"""The real server as a process of its own, for tests that speak to it from outside."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

USER, PASSWORD = "admin", "correct horse battery staple"
_SERVING = re.compile(r"serving at (https?://\S+)")
_START_SECONDS = 60


@dataclass(frozen=True)
class RunningServer:
    """One server process: where it answers, who administers it, and its files."""

    url: str
    user: str
    password: str
    data_dir: Path
    process: subprocess.Popen[str]
    database_url: str | None = None

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def resident_bytes(self) -> int:
        """Give the peak resident memory of the process."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the process has no VmHWM")


@contextmanager
def running_server(
    data_dir: Path | None = None,
    *,
    arguments: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
    database_url: str | None = None,
    log: IO[str] | None = None,
) -> Iterator[RunningServer]:
    """Start `kgsync serve` on a free loopback port; end it, and its own directory, on leaving."""
    with tempfile.TemporaryDirectory(prefix="kgsync-test-") as temporary:
        directory = data_dir or Path(temporary) / "data"
        command = [sys.executable, "-m", "kgsync", "serve", "--data-dir", str(directory), "--port", "0", *arguments]
        variables = {
            **{k: v for k, v in os.environ.items() if not k.startswith("KGSYNC_")},
            "KGSYNC_ADMIN_USER": USER,
            "KGSYNC_ADMIN_PASSWORD": PASSWORD,
            "KGSYNC_LOG_LEVEL": "error",
            **({"KGSYNC_DATABASE_URL": database_url} if database_url else {}),
            **(environment or {}),
        }
        process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield RunningServer(_address(process), USER, PASSWORD, directory, process, database_url)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(10)
            if process.stdout is not None:
                process.stdout.close()


def free_port() -> int:
    """Find a port of loopback that nobody has at this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    timer = threading.Timer(_START_SECONDS, process.kill)
    timer.start()
    try:
        for line in process.stdout:
            found = _SERVING.search(line)
            if found:
                return found[1]
    finally:
        timer.cancel()
    raise RuntimeError(f"the server ended with {process.wait(10)} before it served")
