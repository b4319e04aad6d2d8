"""The list of cases: each a rule, the line it comes from, and a function that tries it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.conformance.context import Context

Run = Callable[[Context], None]


@dataclass(frozen=True)
class Case:
    id: str
    rule: str
    source: str
    run: Run


CASES: dict[str, Case] = {}


def case(identifier: str, source: str) -> Callable[[Run], Run]:
    """Registers a function under an id, with the contract line or fact it checks."""

    def register(run: Run) -> Run:
        if identifier in CASES:
            raise ValueError(f"two cases are called {identifier}")
        if not source.strip():
            raise ValueError(f"{identifier} names no source")
        CASES[identifier] = Case(identifier, run.__name__.replace("_", " "), source, run)
        return run

    return register
