"""Law 10 by fuzzing: a minute for each target with --fuzz, and always what fuzzing found before."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fuzz.corpora import entries, unpack
from tests.fuzz.targets import TARGETS, tried

SECONDS = 60
# One input within the limits takes a fraction of this; the rest is instrumentation, and busy machines.
_SOON = 5.0


@pytest.mark.parametrize("target", TARGETS)
def test_what_fuzzing_found_is_answered_with_a_value_or_an_error(target: str) -> None:
    found = entries(target)
    assert found, "a target has a committed corpus"
    for data in (*found, *TARGETS[target].seeds, b"", b"\x00", b"\xff" * 100):
        begin = time.perf_counter()
        tried(target, data)
        assert time.perf_counter() - begin < _SOON, data[:100]


@pytest.mark.fuzz
@pytest.mark.timeout(SECONDS * 5)
@pytest.mark.parametrize("target", TARGETS)
def test_a_minute_of_fuzzing_finds_nothing(target: str, tmp_path: Path) -> None:
    unpack(target, tmp_path / "corpus", TARGETS[target].seeds)
    command = [sys.executable, "-m", "tests.fuzz", target]
    options = [f"-max_total_time={SECONDS}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=4096"]
    options.append(f"-artifact_prefix={tmp_path}/")
    ran = subprocess.run(
        [*command, *options, str(tmp_path / "corpus")],
        cwd=Path(__file__).parent.parent.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((".", "generated"))},
        capture_output=True,
        text=True,
    )
    broken = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    assert ran.returncode == 0, f"{broken}\n{ran.stderr[-3000:]}"
