"""Fuzz one target with atheris: python -m tests.fuzz TARGET [options of libFuzzer] [directories]."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["kgsync"]):
    from tests.fuzz.targets import TARGETS, tried


def main() -> None:
    name = sys.argv[1]
    if name not in TARGETS:
        sys.exit(f"{name!r} is none of {', '.join(TARGETS)}")
    atheris.Setup([sys.argv[0], *sys.argv[2:]], lambda data: tried(name, data))
    atheris.Fuzz()


main()
