"""The examples of docs/operations.md print what they say, on a replica whose upload overwrote two changes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from kgsync.cli import conflicts, diff, explain, inspect, verify
from tests.cli.scene import Scene

PAGE = Path(__file__).parent.parent.parent / "docs" / "operations.md"
_COMMAND = re.compile(r"^\$ kgsync (.*)$", re.MULTILINE)


def test_the_examples_of_answers_print_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert blocks
    app = typer.Typer()
    for module in (conflicts, diff, explain, inspect, verify):
        module.register(app)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KGSYNC_DATA_DIR", str(Scene(tmp_path).data_dir))
    monkeypatch.setenv("COLUMNS", "110")
    for block in blocks:
        _, *parts = _COMMAND.split(block)
        for arguments, expected in zip(parts[::2], parts[1::2], strict=True):
            ran = CliRunner().invoke(app, shlex.split(arguments))
            printed = ran.output.splitlines()
            # "…" stands for lines left out.
            for line in filter(str.strip, expected.splitlines()):
                assert line == "…" or line.rstrip() in (p.rstrip() for p in printed), (arguments, ran.output)
