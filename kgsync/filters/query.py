"""Parse queries of one pattern; what full openCypher has beyond is refused by name and place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from kgsync.errors import MalformedInput, MalformedQuery, TooLarge
from kgsync.filters.cypher import Dialect, check_size, check_text, parse_as
from kgsync.filters.query_beyond import beyond, refused_inside
from kgsync.filters.query_building import QueryBuilder, refuse_word
from kgsync.filters.query_tree import Direction, Element, Item, Query, Sort
from kgsync.filters.refusals import place_at, refusal

__all__ = ["Direction", "Element", "Item", "Query", "Sort", "of_query", "parse_query"]

# Every row is computed from them one by one; a type has some hundreds of properties at most.
MAX_EXPRESSIONS = 1_000
_QUERY = Dialect("query", "query", QueryBuilder, refuse_word, lambda token: None)


def parse_query(text: str) -> Query:
    """Parse a query. Raises MalformedQuery naming line, column and slice; TooLarge past a limit."""
    with of_query():
        bare = check_text(text)
        form = refused_inside(bare)
        if form is not None:
            start, stop, reason = form
            raise refusal(text, place_at(text, start, stop), reason)
        found = cast(Query, parse_as(_QUERY, text, lambda at: beyond(bare, at)))
        expressions = found.expressions()
        if len(expressions) > MAX_EXPRESSIONS:
            raise TooLarge(f"a query is limited to {MAX_EXPRESSIONS} expressions", place="line 1, column 1")
        for expr in expressions:
            check_size(text, expr)
    return replace(found, text=text)


@contextmanager
def of_query() -> Iterator[None]:
    """Turn what is wrong with a text into what is wrong with a query; limits stay what they are."""
    try:
        yield
    except (TooLarge, MalformedQuery):
        raise
    except MalformedInput as error:
        raise MalformedQuery(error.message) from None
