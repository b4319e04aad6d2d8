"""Runs the suite against a server: python -m tests.conformance --target URL --user U --password P."""

import argparse
import json
import sys
import traceback
from dataclasses import asdict, dataclass
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.conformance.cases import CASES
from tests.conformance.context import Context, Target
from tests.conformance.registry import Case


@dataclass(frozen=True)
class Outcome:
    id: str
    rule: str
    source: str
    ok: bool
    reason: str


def attempt(case: Case, context: Context) -> Outcome:
    """A failing case never stops the others, whatever it raises."""
    try:
        case.run(context)
    except AssertionError as error:
        reason = str(error) or traceback.extract_tb(error.__traceback__)[-1].line or "assertion failed"
    except Exception as error:  # noqa: BLE001 - any answer may break any case
        reason = f"{type(error).__name__}: {error}"
    else:
        return Outcome(case.id, case.rule, case.source, True, "")
    return Outcome(case.id, case.rule, case.source, False, reason)


def print_line(outcome: Outcome, out: TextIO) -> None:
    verdict = "ok" if outcome.ok else f"FAILED {outcome.reason}"
    print(f"{outcome.id}\t{outcome.rule}\t{outcome.source}\t{verdict}", file=out, flush=True)


def table_of(outcomes: list[Outcome]) -> Table:
    table = Table(title="Conformance")
    for heading in ("id", "rule", "source", "outcome"):
        table.add_column(heading, overflow="fold")
    for found in outcomes:
        verdict = Text("ok", style="green") if found.ok else Text(f"FAILED {found.reason}", style="red")
        table.add_row(found.id, Text(found.rule), Text(found.source), verdict)
    return table


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/conformance", description=__doc__)
    parser.add_argument("--target", required=True, help="root URL of the server, without /portal or /server")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--service", default="conformance", help="prefix of the services it creates")
    parser.add_argument("--only", default="", metavar="PREFIX", help="run the cases whose id begins so")
    parser.add_argument("--json", action="store_true", help="one JSON object per case")
    chosen = parser.parse_args(arguments)
    console = Console()
    cases = [case for name, case in sorted(CASES.items()) if name.startswith(chosen.only)]
    if not cases:
        parser.error(f"no case begins with {chosen.only!r}")
    target = Target(chosen.target.rstrip("/"), chosen.user, chosen.password, chosen.service)
    try:
        context = Context(target)
    except (AssertionError, OSError) as error:
        parser.exit(2, f"cannot log in at {target.url}: {error}\n")
    outcomes = []
    try:
        for case in cases:
            outcome = attempt(case, context)
            outcomes.append(outcome)
            if chosen.json:
                print(json.dumps(asdict(outcome)), flush=True)  # noqa: T201
            elif not console.is_terminal:
                print_line(outcome, sys.stdout)
    finally:
        context.close()
    failed = sum(not outcome.ok for outcome in outcomes)
    if not chosen.json:
        if console.is_terminal:
            console.print(table_of(outcomes))
        console.print(f"{len(outcomes)} cases, {failed} failed", highlight=False)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
