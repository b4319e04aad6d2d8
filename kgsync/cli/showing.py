"""How values look in a terminal and in JSON, and how a command that found something wrong ends."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kgsync.model.geometry import Geometry
from kgsync.model.plain import plain
from kgsync.model.values import Value

# A cell longer than this says nothing more to a reader; --json shows values whole.
_LETTERS = 120
_VERTICES = 4
# Of one line of a table that goes to a file or another program, which may look for whole ids in it.
_PIPED_LETTERS = 4_000


def fail(message: str, status: int = 1) -> NoReturn:
    """Say in one line what is wrong, and end."""
    console = Console(stderr=True)
    console.print("[red]Error:[/red]", end=" ")
    console.print(message, markup=False, highlight=False, soft_wrap=True)
    raise SystemExit(status)


def _harmless(text: str) -> str:
    """Spell out what a terminal would act on: names and values come from outside."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)


def tell(text: str = "") -> None:
    """Print a line as it is."""
    Console().print(_harmless(text), markup=False, highlight=False, soft_wrap=True)


def table_of(*headers: str) -> Table:
    """Make a table that never shortens what it shows: an id cut off is no id."""
    table = Table()
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def show(table: Table) -> None:
    """Print a table as wide as the terminal, or as it needs where no one watches."""
    console = Console()
    (console if console.is_terminal else Console(width=_PIPED_LETTERS)).print(table)


def cells(*texts: str) -> list[Text]:
    """Make the cells of a table's row, as they are."""
    return [Text(_harmless(text)) for text in texts]


def text_of(value: Value) -> str:
    """Show a value on one line, shortened."""
    if value is None:
        return "null"
    if isinstance(value, str):
        text = repr(value)
    elif isinstance(value, bytes):
        return f"{len(value):,} bytes"
    elif isinstance(value, tuple):
        text = f"[{', '.join(text_of(element) for element in value[:20])}{', …' if len(value) > 20 else ''}]"
    elif isinstance(value, Geometry):
        text = _geometry_text(value)
    else:
        text = str(plain(value))
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def _geometry_text(value: Geometry) -> str:
    first = value.parts[0]
    shown = [first[k : k + value.stride] for k in range(0, min(len(first), _VERTICES * value.stride), value.stride)]
    vertices = sum(len(part) for part in value.parts) // value.stride
    told = ", ".join(" ".join(f"{number:.10g}" for number in vertex) for vertex in shown)
    return f"{value.kind.name} ({told}{f', … {vertices} vertices' if vertices > len(shown) else ''})"


Json = typer.Option("--json", help="Print JSON.")
