"""kgsync diff: what differs between two archives; it ends as diff does: 0 nothing, 1 something, 2 an error."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from kgsync.cli.showing import Json, cells, fail, show, table_of, tell, text_of
from kgsync.client.comparison import BOTH, FIRST, SECOND, Comparison, RowDifference, model_differences
from kgsync.client.holdings import temporary_database
from kgsync.errors import KgsyncError
from kgsync.model.plain import plain
from kgsync.wire.pbf.archive_reader import ArchiveReader, opened_archive

_SIGNS = {FIRST: "-", SECOND: "+", BOTH: "~"}
SAME, DIFFERENT, BROKEN = 0, 1, 2


def register(app: typer.Typer) -> None:
    app.command("diff", help="Show what differs between two archives; exit 0: nothing, 1: something, 2: error.")(diff)


_Archive = Annotated[Path, typer.Argument(help="A replica archive (.zip).")]


def diff(
    first: _Archive,
    second: _Archive,
    rows: Annotated[int, typer.Option(min=0, help="How many rows that differ to show; all are counted.")] = 100,
    as_json: Annotated[bool, Json] = False,
) -> None:
    try:
        with ExitStack() as stack:
            readers = []
            for path in (first, second):
                source = stack.enter_context(path.open("rb"))
                readers.append(stack.enter_context(opened_archive(source, path.name)))
            comparison = Comparison(stack.enter_context(temporary_database()), readers[0], readers[1])
            comparison.load()
            found = _write_json if as_json else _show
            same = found(readers[0], readers[1], comparison, rows)
    except KgsyncError as error:
        fail(error.message, BROKEN)
    except OSError as error:
        fail(f"{error.filename or 'the system'}: {error.strerror or error}", BROKEN)
    raise typer.Exit(SAME if same else DIFFERENT)


def _show(first: ArchiveReader, second: ArchiveReader, comparison: Comparison, rows: int) -> bool:
    """Print the differences; say whether there are none."""
    tell(f"- {first.header.sync_date}\n+ {second.header.sync_date}")
    model = model_differences(first, second)
    for told in model:
        tell(f"~ {told}")
    counts: Counter[tuple[str, str]] = Counter()
    for difference in comparison.differences():
        counts[difference.type_name, difference.where] += 1
        if counts.total() <= rows:
            _show_row(difference)
    if counts.total() > rows:
        tell(f"… and {counts.total() - rows:,} more rows")
    if counts:
        table = table_of("Type", FIRST, SECOND, BOTH)
        for name in sorted({name for name, _ in counts}):
            table.add_row(*cells(name, *(f"{counts[name, where]:,}" for where in (FIRST, SECOND, BOTH))))
        show(table)
    if not model and not counts:
        tell("The archives say the same.")
    return not model and not counts


def _show_row(difference: RowDifference) -> None:
    tell(f"{_SIGNS[difference.where]} {difference.type_name} {difference.id} ({_operation(difference)})")
    for p in difference.properties:
        tell(f"    {p.name}: {text_of(p.first)} → {text_of(p.second)}")


def _operation(difference: RowDifference) -> str:
    ops = dict.fromkeys(op.name.lower() for op in (difference.op, difference.other_op) if op is not None)
    return " → ".join(ops)


def _write_json(first: ArchiveReader, second: ArchiveReader, comparison: Comparison, rows: int) -> bool:
    """Write one JSON object, its rows one by one; say whether there are no differences."""
    model, out, counts = model_differences(first, second), sys.stdout, Counter[str]()
    dates = {"first": first.header.sync_date.ms, "second": second.header.sync_date.ms}
    out.write(json.dumps({"syncDates": dates, "dataModel": model})[:-1] + ', "rows": [')
    for difference in comparison.differences():
        counts[difference.where] += 1
        if counts.total() <= rows:
            out.write((", " if counts.total() > 1 else "") + json.dumps(_row_json(difference)))
    totals = {"onlyFirst": counts[FIRST], "onlySecond": counts[SECOND], "different": counts[BOTH]}
    same = not model and not counts
    out.write('], "counts": ' + json.dumps(totals) + ', "same": ' + json.dumps(same) + "}\n")
    return same


def _row_json(difference: RowDifference) -> dict[str, object]:
    ops = [None if op is None else op.name.lower() for op in (difference.op, difference.other_op)]
    return {
        "type": difference.type_name,
        "id": str(difference.id),
        "operations": {"first": ops[0], "second": ops[1]},
        "properties": {p.name: {"first": plain(p.first), "second": plain(p.second)} for p in difference.properties},
    }
