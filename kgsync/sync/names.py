"""Names of types, properties, indexes and domains."""

from __future__ import annotations

import unicodedata

from kgsync.errors import MalformedInput
from kgsync.model.schema import GLOBALID, OBJECTID

MAX_NAME = 64
# openCypher's reserved words, and the two properties the server makes.
_RESERVED = frozenset(
    (
        "all and any as asc ascending by case contains create delete desc descending distinct else end ends exists "
        "false in is limit match merge none not null on optional or order remove return set single skip starts then "
        f"true union unwind when where with xor {OBJECTID} {GLOBALID}"
    ).split()
)


def check_name(name: str, what: str) -> None:
    """Refuse a name queries could not write. Raises MalformedInput, which says what is wrong with it."""
    problem = None
    if not name:
        problem = "is empty"
    elif len(name) > MAX_NAME:
        problem = f"has more than {MAX_NAME} characters"
    elif name[0].isdigit() or name.lower().startswith("esri__"):
        problem = "starts with a digit or esri__"
    elif any(c in "/:" or c.isspace() or unicodedata.category(c).startswith("C") for c in name):
        problem = "contains a space, '/', ':' or a control character"
    elif name.lower() in _RESERVED:
        problem = "is a reserved word"
    if problem:
        raise MalformedInput(f"The {what} name {name[:MAX_NAME]!r} {problem}")
