"""The worth of the laws: each planted bug must be caught. Runs with --planted, on a copy of the program.

Each file in `planted/` is one fault of one line: where it stands, what stands there, what would stand
there then; `first` names the test that catches it soonest when that is not a history, `postgres` says that
PostgreSQL must be asked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PLANTED = {path.stem: path for path in sorted((HERE / "planted").glob("*.toml"))}
_HISTORIES = "tests/laws/test_histories.py::test_whatever_happens_replicas_hold_what_they_should"
# Half of the shards; a fault that lives through these needs a better generator.
_SHARDS = ("sqlite-0", "restore-0", "sqlite-1", "sqlite-2", "restore-1", *(f"sqlite-{k}" for k in range(3, 12)))
CATCHERS = (
    *(f"{_HISTORIES}[{shard}]" for shard in _SHARDS),
    "tests/laws/test_membership.py",
    "tests/laws/test_reencoding.py",
    "tests/store/test_predicates.py",
    "tests/store/test_envelopes.py",
)


def _copy(target: Path) -> None:
    for name in ("kgsync", "tests", "generated"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", target)


def test_at_least_thirty_faults_are_planted() -> None:
    assert len(PLANTED) >= 30


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_bug_stands_where_it_says(fault: str) -> None:
    told = tomllib.loads(PLANTED[fault].read_text())
    text = (ROOT / told["file"]).read_text()
    assert told["right"] in text, "the text that the fault replaces no longer stands there"
    compile(text.replace(told["right"], told["wrong"]), told["file"], "exec")


@pytest.mark.planted
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_bug_is_caught(fault: str, tmp_path: Path) -> None:
    told = tomllib.loads(PLANTED[fault].read_text())
    _copy(tmp_path)
    target = tmp_path / told["file"]
    target.write_text(target.read_text().replace(told["right"], told["wrong"]))
    first = told.get("first")
    catchers = ([first] if first else []) + [c for c in CATCHERS if c != first]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{tmp_path / 'generated'}"}
    environment.pop("PYTEST_XDIST_WORKER", None)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist"]
    if not told.get("postgres"):
        options += ["-k", "not postgres"]
    command = [sys.executable, "-m", "pytest", *options, *catchers]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 1, f"the bug survived:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}"
    assert "failed" in ran.stdout.lower(), "pytest itself broke"
