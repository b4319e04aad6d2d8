"""Asking a graph of tests/graphs.py, and objects of answers made short."""

from __future__ import annotations

from typing import Any

from kgsync.filters.evaluate import Element
from kgsync.model.query import QueryAnswer, QueryCall
from kgsync.sync.query import answer_query
from tests.graphs import CODEC, Graph


def opened(graph: Graph, text: str, **options: Any) -> tuple[QueryAnswer, list[tuple[Any, ...]]]:
    """Run a query to its end; give the answer and its rows."""
    with graph.store.reading(graph.service.id) as reading:
        answer = answer_query(reading, QueryCall(text=text, **options), CODEC)
        return answer, [row for row in answer.rows if row is not None]


def ask(graph: Graph, text: str, **options: Any) -> list[tuple[Any, ...]]:
    """Run a query and give its rows, objects as their type and small ids."""
    return [tuple(map(brief, row)) for row in opened(graph, text, **options)[1]]


def brief(value: Any) -> Any:
    if isinstance(value, Element):
        ends = (value.start.id.int, value.end.id.int) if value.start and value.end else ()
        return (value.label, value.id.int, *ends)
    if isinstance(value, tuple):
        return tuple(map(brief, value))
    if isinstance(value, dict):
        return {name: brief(one) for name, one in value.items()}
    return value
