"""kgsync backup and restore: they say what they did, and what stands in the way in one line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_commands import _run


def test_a_backup_is_restored_and_what_stands_in_the_way_is_told(tmp_path: Path) -> None:
    data, backup, found = (str(tmp_path / name) for name in ("data", "backup", "found"))
    _run("service", "create", "Field", "--data-dir", data)
    told = _run("backup", backup, "--data-dir", data)
    assert told.returncode == 0, told.stderr
    assert "Hosted/Field" in told.stdout
    refused = _run("backup", backup, "--data-dir", data)
    assert (refused.returncode, "not empty" in refused.stderr) == (1, True)
    told = _run("restore", backup, "--data-dir", found, "--clock", "2999-01-01")
    assert told.returncode == 0, told.stderr
    assert "2999-01-01" in told.stdout, "the epoch the operator named"
    refused = _run("restore", backup, "--data-dir", found)
    assert (refused.returncode, "--overwrite" in refused.stderr) == (1, True)
    assert "Hosted/Field" in _run("service", "list", "--data-dir", found).stdout
    assert "manifest.json" in _run("restore", str(tmp_path / "nothing"), "--data-dir", found).stderr
