"""Steps prepared once and run often: the statements of a delta do not depend on which Span it covers.

Building some thirty statements costs more than running them over a small Span, so they are kept for as
long as a definition is in use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, CompoundSelect, Connection, Executable, FromClause, Integer, Select, Table, bindparam

from kgsync.store.backend import Backend
from kgsync.store.base import Subject
from kgsync.store.judging import judge, refused

# What a run binds: the service, both ends of the Span, the newest shape of the members' types.
SVC, SHAPE = bindparam("service", type_=Integer), bindparam("shape", type_=Integer)
AFTER, UPTO = bindparam("after", type_=BigInteger), bindparam("upto", type_=BigInteger)


@dataclass(frozen=True, slots=True)
class _Run:
    statement: Executable
    needed: bool  # a step without rows leaves nothing to do


@dataclass(frozen=True, slots=True)
class _Judge:
    versions: Select[Any]
    state: int


class Script:
    """Steps in their order, and the selection they lead to."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._steps: list[_Run | _Judge] = []
        self._judges = False
        self.final: Select[Any] | CompoundSelect[Any] | None = None

    def stage(self, table: Table, rows: Select[Any], *, needed: bool = False) -> FromClause:
        """Make a step's rows available to later ones; without any rows of a `needed` one there is no answer."""
        source, statements = self._backend.staged(table, rows)
        self._steps += [_Run(statement, False) for statement in statements[:-1]]
        self._steps += [_Run(statement, needed) for statement in statements[-1:]]
        return source

    def judge(self, versions: Select[Any], state: int) -> None:
        """Judge versions as store.judging does, and note the refused of this state."""
        self._judges = True
        self._steps.append(_Judge(versions, state))

    def run(
        self,
        connection: Connection,
        parameters: Mapping[str, Any],
        judges: Sequence[Callable[[Subject], bool]],
    ) -> Select[Any] | CompoundSelect[Any] | None:
        """Run all steps; give the final selection, to be executed with the same parameters, or None for nothing.

        `judges` gives the verdicts of each state.
        """
        if self._judges:
            self._backend.scratch(connection, refused)
        for step in self._steps:
            if isinstance(step, _Judge):
                judge(self._backend, connection, step.versions, (step.state,), judges[step.state], parameters)
                continue
            done = connection.execute(step.statement, parameters)
            if step.needed and done.rowcount == 0:
                return None
        assert self.final is not None, "a script is written to its end"
        return self.final
