"""The worth of the laws: each planted bug must be killed. Runs with --planted, on a copy of the program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DELTA, UPLOAD, WRITING = "kgsync/store/delta.py", "kgsync/sync/upload.py", "kgsync/store/writing.py"
READING, RECORDS, TRACKING = "kgsync/store/reading.py", "kgsync/sync/provenance.py", "kgsync/sync/tracking.py"
RULES = "kgsync/model/rules.py"
REWRITING, MODEL, CODEC = "kgsync/sync/rewriting.py", "kgsync/sync/datamodel.py", "kgsync/sync/codec.py"

# A plausible mistake: its file, what stands there now, what would stand there then.
PLANTED = {
    "closed at `after` counts": (DELTA, "h.closed > _AFTER", "h.closed >= _AFTER"),
    "since must be before `after`": (DELTA, "h.since <= _AFTER", "h.since < _AFTER"),
    "changed at `after` counts": (DELTA, "o.changed > _AFTER", "o.changed >= _AFTER"),
    "moved origins sent as update": (DELTA, "old.c.origin.is_distinct_from(new.c.origin),", ""),
    "moved destinations sent as update": (DELTA, "old.c.dest.is_distinct_from(new.c.dest),", ""),
    "retyped origins sent as update": (DELTA, "old.c.otype.is_distinct_from(new.c.otype),", ""),
    "retyped destinations sent as update": (DELTA, "old.c.dtype.is_distinct_from(new.c.dtype),", ""),
    "retyped objects sent as update": (DELTA, "old.c.type != new.c.type,", ""),
    "one end point is enough": (DELTA, "c.otype.in_(entities), c.dtype.in_(entities)", "c.otype.in_(entities)"),
    "touched means update": (DELTA, "c.moved == 0, c.same == 0", "c.moved == 0"),
    "deletes of never-members": (DELTA, "c.m0 == 1, or_(c.m1 == 0", "or_(c.m1 == 0"),
    "a moved one is not added again": (DELTA, "or_(c.m0 == 0, c.moved == 1)", "c.m0 == 0"),
    "deletes under the new type": (DELTA, "c.type0.label", "case((c.type1.is_(None), c.type0), else_=c.type1).label"),
    "sections out of order": (DELTA, "order_by(columns[0],", "order_by(columns[0].desc(),"),
    "relationships forgotten": (DELTA, "(and_(c.origin.is_not(None), c.type", "(and_(c.origin.is_(None), c.type"),
    "nothing is closed": (WRITING, "o.id.in_(part), o.changed < self._moment.ms", "o.id.in_(part), o.changed < 0"),
    "zero-length versions are kept": (WRITING, "o.changed < self._moment.ms", "o.changed <= self._moment.ms"),
    "replacing closes nothing": (WRITING, "self._close([v.id for v in versions])", "pass"),
    "cascades forgotten": (UPLOAD, "self._cascade(link, gone)", "pass"),
    "updates drop what they do not name": (
        UPLOAD,
        "values = {**before, **given}",
        "values = dict(given)",
    ),
    "renamed columns are not written": (REWRITING, "if values is not None and not keep", "if False"),
    "ends of a renamed type stay behind": (REWRITING, "self._follow_ends(old, new, after)", "pass"),
    "a dropped type keeps its relationships": (
        MODEL,
        "writing.remove(ids | links | records)",
        "writing.remove(ids | records)",
    ),
    "records count as relationships": (READING, "end.in_(part), o.otype.is_not(None)", "end.in_(part)"),
    "records of cascaded relationships stay": (UPLOAD, "(id, *(link.id for link in going))", "(id,)"),
    "records cite documents that are gone": (UPLOAD, "self._records.bereave(gone, self._caller.replica)", "pass"),
    "records cite no document": (RECORDS, "dest = self._cited(values, known)", "self._cited(values, known)"),
    "replicas are stamped like everybody": (TRACKING, "if name not in given:", "if True:"),
    "a complement is a set": (RULES, "(name in self.names) is not self.complement", "name in self.names"),
    "values matched by name": (CODEC, "{old[p.id]: p.name for p in named_type.properties if p.id in old}", "_SAME"),
    "rows are never restated": (CODEC, "schema >= named_type.shape", "schema >= 0"),
}
_SAME = "{name: name for name in old.values() if named_type.property(name)}"


@pytest.mark.planted
@pytest.mark.timeout(600)
@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_killed(bug: str, tmp_path: Path) -> None:
    file, right, wrong = PLANTED[bug]
    for name in ("kgsync", "tests", "generated"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = tmp_path / file
    text = target.read_text()
    assert right in text, "the planted text no longer stands there"
    target.write_text(text.replace(right, _SAME if wrong == "_SAME" else wrong))
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{tmp_path / 'generated'}"}
    options = ["-x", "-q", "-p", "no:cacheprovider", "-k", "not postgres"]
    command = [sys.executable, "-m", "pytest", *options, "tests/laws/test_exact.py", "tests/sync"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 1, f"the bug survived:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}"
    assert "failed" in ran.stdout.lower(), "pytest itself broke"
