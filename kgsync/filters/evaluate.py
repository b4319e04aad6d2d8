"""What a where-clause means on plain values: the oracle of every SQL lowering.

A fault is null. Running out of steps is no fault of the values but a limit, and raised: nothing may be left out
for it in silence. A compiled clause is for one thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from kgsync.errors import TooLarge
from kgsync.filters import logic
from kgsync.filters.closures import Compiler
from kgsync.filters.kinds import MAX_STEPS, Element, Exhausted, Space, Work
from kgsync.filters.tree import Expr, Place
from kgsync.model.geometry import SpatialReference

__all__ = ["Clause", "Element", "compiled", "compiled_expr", "faults"]


class Clause(Protocol):
    """What is asked of a checked clause (filters/check.py)."""

    @property
    def expr(self) -> Expr: ...
    @property
    def parameters(self) -> Mapping[str, object]: ...
    @property
    def spatial_reference(self) -> SpatialReference: ...
    @property
    def in_sr(self) -> SpatialReference: ...


def compiled(clause: Clause) -> Callable[[Element], bool | None]:
    """Compile a clause about `n`: True says that an element belongs, False and None that it does not.

    What comes out raises TooLarge when it runs out of steps.
    """
    space = Space(model=clause.spatial_reference, text=clause.in_sr)
    run = compiled_expr(clause.expr, clause.parameters, space=space)

    def belongs(element: Element) -> bool | None:
        return logic.truth(run({"n": element}))

    return belongs


def faults(clause: Clause) -> list[tuple[Place, str]]:
    """Find the constants of a clause that can be nothing whatever the object, in the order of the text."""
    space = Space(model=clause.spatial_reference, text=clause.in_sr)
    compiler = Compiler(clause.parameters, ("n",), space, MAX_STEPS)
    compiler.code(clause.expr)
    return sorted((expr.place, reason) for expr, reason in compiler.faults)


def compiled_expr(
    expr: Expr,
    parameters: Mapping[str, object],
    *,
    variables: Iterable[str] = ("n",),
    space: Space = Space(),  # noqa: B008 (frozen)
    steps: int = MAX_STEPS,
) -> Callable[[Mapping[str, object]], object]:
    """Compile an expression over `variables`; a variable missing from the environment is null.

    Values come out as plain kinds (kinds.py): lists are tuples. Unknown names and functions, wrong
    argument counts and too deep nesting raise MalformedInput; what comes out raises TooLarge past `steps`.
    """
    names = tuple(variables)
    compiler = Compiler(parameters, names, space, steps)
    run = compiler.code(expr).run
    slots = compiler.slots - len(names)
    shapes = compiler.folding.shapes

    def value(environment: Mapping[str, object]) -> object:
        bound = [environment.get(name) for name in names]
        bound.extend([None] * slots)
        try:
            return run(Work(steps, space, bound, shapes))
        except Exhausted:
            told = f"this takes more than {steps:,} steps to evaluate on one object; make it simpler"
            raise TooLarge(told, place=f"line {expr.place.line}, column {expr.place.column}") from None

    return value
