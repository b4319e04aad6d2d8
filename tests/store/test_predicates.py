"""SQL selects what a clause means, on both databases: never less, and where it says so never more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from kgsync.errors import TooLarge
from kgsync.filters.check import ParameterValue, check
from kgsync.model.schema import Category, DataModel
from kgsync.model.values import Value
from kgsync.store.predicates import lower
from kgsync.store.tables import history, object_
from tests.backends import BACKENDS, opened_store
from tests.filters import generator
from tests.graphs import Graph
from tests.store.things import MODEL, THING, Table, id_of, put, random_rows, rows_of, table_of

_BIG = 2**63
TITLES = ("a", "", None, "b", ("a", "b"), ("a", None), ("a", "c"), ())
YS = (0.0, 1.5, None, (1.0,), (-0.0,), (None, 1.0), (1.0, 2.0))
INTEGERS = (0, 1, -1, 3, 2**53, 2**53 + 1, -(2**53) - 1, 2**62 + 1, _BIG - 1, -_BIG, (1,), (None, 2), ())
FLOATS = (
    *(0.0, -0.0, 1.0, 2.5, 0.1 + 0.2, 2.0**53, 2.0**53 + 2, 2.0**62, 9.223372036854775e18, 2.0**63, -(2.0**63)),
    *(1e308, -1.7976931348623157e308, 5e-324, (1.0,), (None,)),
)
TEXTS = (
    *("", "a", "A", "ab", "b", "é", "e\u0301", "\ue000", "\uffff", "\U00010000", "\U0010ffff", "it's"),
    *('"', "\\", "%", "_", "x" * 127, "x" * 128, "x" * 129, "x" * 128 + "y", ("a", "b"), (None,), str(id_of(1))),
)


def _all(pattern: str, *choices: Sequence[object]) -> list[str]:
    """Fill a pattern's places with every combination."""
    return [pattern.format(*chosen) for chosen in product(*choices)]


_COMPARATORS = ("=", "<>", "<", ">", "<=", ">=")
_PAIRS = ("n.name {} n.title", "n.x {} n.y", "n.big {} n.age", "n.name {} n.name", "n.seen {} n.at", "n.born {} n.age")
_TEXT_TESTS = ("STARTS WITH", "ENDS WITH", "CONTAINS")
_PARTS = ("''", "'a'", "'%'", "'_'", "'\\\\'", "'x'", "'\u0301'", "'\U0010ffff'", "n.title", "5", "NULL")

EXACT = {
    "integers and floats by their exact numbers": [
        *_all("n.big {} {}", _COMPARATORS, ("9007199254740992.0", "0.5", "1e300", "-1e300", "-0.0", "2.5")),
        *_all("n.big {} {}", _COMPARATORS, ("9.223372036854775807e18", "-9.223372036854775808e18")),
        *_all("n.x {} {}", _COMPARATORS, (0, 2**53 + 1, _BIG - 1, 2**62 + 1)),
        "NOT n.big = 3.0",
        "n.big IN [9007199254740993, 9007199254740992.0, 0.5, 1e300]",
        "NOT (n.x IN [9007199254740993, 1, 2.5])",
        "n.x = 0.30000000000000004",
    ],
    "integers that overflow are null": [
        "n.big + 1 > 0",
        "n.big - 1 < 0",
        "n.big * 2 <> 6",
        "-n.big > 0",
        "NOT (n.big + n.age > 0)",
        "(n.big * n.big) IS NULL",
        "n.big + 1 <> 4",
        "n.big - 1 <> 2",
        "n.big + n.age <> 4",
    ],
    "small floats are added and multiplied": [
        "n.single * n.single > 1",
        "n.single + 0.1 <= 3.1",
        "n.single - n.age > 0",
    ],
    "text by code points": [
        *_all("n.name {} {}", _COMPARATORS, ("'é'", "'\ue000'", "'\U00010000'", "''", "'x'")),
        *_all("n.name {} '{}'", _COMPARATORS, ["x" * length for length in (127, 128, 129)]),
        f"NOT n.name IN ['{'x' * 128}', 'a', '%']",
        "n.name IN ['it\\'s', '\\\\', '\"']",
    ],
    "parts of text": [
        *_all("{}n.name {} {}", ("", "NOT "), _TEXT_TESTS, _PARTS),
        f"n.name STARTS WITH '{'x' * 128}'",
        "size(n.name) = 1",
        "size(n.name) <> 2",
        "size(n.name) IS NULL",
    ],
    "properties with each other, lists or not": [
        *_all("{}", [pair.format(op) for pair, op in product(_PAIRS, _COMPARATORS)]),
        "NOT (n.name = n.title)",
        "NOT (n.x < n.y)",
        "(n.name = n.title) IS NULL",
        "(n.name < n.title) IS NULL",
    ],
    "null is neither": [
        *("n.name IS NULL", "n.name IS NOT NULL", "exists(n.name)", "n.name = NULL", "NOT n.name = NULL"),
        *(
            "n.name IN []",
            "NOT n.name IN []",
            "n.name IN [NULL]",
            "NOT n.name IN [NULL, 'a']",
            "(n.name = 'a') IS NULL",
        ),
        *("NOT (n.name < 'a' AND n.age > 1)", "(n.name = 'a' XOR n.age = 1) IS NOT NULL", "n.name < 5", "NULL"),
        *("(n.name < 5) IS NULL", "n.name = 5", "n.name <> 5"),
    ],
    "choices": [
        "CASE n.name WHEN 'a' THEN 1 WHEN 'b' THEN 2 ELSE 3 END <> 2",
        "CASE WHEN n.age > 1 THEN n.name ELSE n.title END = 'a'",
        "CASE WHEN n.age > 1 THEN n.name END IS NULL",
        "coalesce(n.name, n.title, 'none') <> 'a'",
        "coalesce(n.x, 0) < 2",
        "CASE WHEN n.age > 1 THEN n.name < 'b' WHEN n.age = 1 THEN NULL ELSE TRUE END",
        "coalesce(n.name < 'b', n.age > 1)",
    ],
    "the type is known": [
        "n:Thing AND n.age > 1",
        "labels(n) = ['Thing'] AND n.age > 1",
        "n:Document OR n.age > 1",
        "NOT n:Thing",
    ],
}


@pytest.fixture(scope="module", params=BACKENDS)
def things(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    singles = (0.0, 1.5, 3.4028234663852886e38, 1.401298464324817e-45, None, (1.5,))
    rows = rows_of(big=INTEGERS, x=FLOATS, name=TEXTS, title=TITLES, y=YS, age=(1, 2, None, (1,), -3), single=singles)
    with table_of(request.param, tmp_path_factory.mktemp("things"), rows) as table:
        yield table


@pytest.mark.parametrize("rule", EXACT)
def test_sql_says_exactly(rule: str, things: Table) -> None:
    for text in EXACT[rule]:
        assert things.agrees(text).exact, f"{text} is left to the evaluator"


def test_ids_are_compared_in_any_style(tmp_path: Path) -> None:
    one = UUID("0000abcd-0000-0000-0000-000000000001")
    rows = rows_of(guid=(one, id_of(2), (one,), None), name=(str(one), "{" + str(one).upper() + "}", "x", None))
    with table_of("sqlite", tmp_path, rows) as table:
        for style in (str(one), str(one).upper(), "{" + str(one) + "}", one.hex):
            assert table.agrees(f"n.guid = '{style}'").exact
            assert table.agrees(f"NOT n.guid IN ['{style}', 'no id']").exact
        assert table.agrees("n.guid = $id", {"id": one}).exact
        assert table.agrees("n.guid <> 'no id'").exact
        assert table.agrees("n.guid < $id", {"id": id_of(5)}).exact
        assert table.agrees("n.globalid IN $ids", {"ids": (id_of(1), "{" + str(id_of(2)) + "}", one)}).exact
        table.agrees("n.name = $id", {"id": one})


@pytest.mark.parametrize("backend", BACKENDS)
def test_times_are_compared_by_instant_and_not_across_kinds(backend: str, tmp_path: Path) -> None:
    random = Random(1)
    with table_of(backend, tmp_path, random_rows(random, 60)) as table:
        for text in (
            "n.at = datetime('2022-01-08T01:00:00+01:00')",
            "n.at <> datetime('2022-01-07T14:30:00-09:30')",
            "n.at > datetime('2022-01-08T00:00:00Z')",
            "n.seen >= localdatetime('2022-01-08T00:00:00')",
            "n.born < date('0001-01-01')",
            "n.opens <= localtime('00:00:59.999')",
            "n.seen = n.at",
            "n.seen < n.at",
            "n.seen <> date('2022-01-08')",
            "n.born IN [date('2022-01-08'), NULL, 5]",
        ):
            assert table.agrees(text).exact, text


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_integer_and_a_float_of_one_object_compare_by_their_exact_numbers(backend: str, tmp_path: Path) -> None:
    pairs: Sequence[tuple[Value, Value]] = (
        *((2, 2.5), (3, 2.5), (-2, -2.5), (-3, -2.5), (2, 2.0), (2**53 + 1, 2.0**53), (2**62 + 1, 2.0**62)),
        *((_BIG - 1, 2.0**63), (-_BIG, -(2.0**63)), (5, 1e300), (5, -1e300), (0, -0.0), (0, 5e-324), ((1,), (1.0,))),
    )
    rows = rows_of(big=[i for i, _ in pairs], x=[x for _, x in pairs])
    with table_of(backend, tmp_path, rows) as table:
        for operator in _COMPARATORS:
            for text in (
                f"n.big {operator} n.x",
                f"n.x {operator} n.big",
                f"NOT n.x {operator} n.big",
                f"n.big + 0 {operator} n.x",
            ):
                table.agrees(text)
            assert table.agrees(f"n.objectid {operator} n.x").exact


# ---- what is left to the evaluator


def test_what_sql_cannot_say_is_selected_by_what_must_not_be_null(things: Table) -> None:
    for text in (
        "toUpper(n.name) = 'A'",
        "n.x * n.x > 1",
        "'a' IN n.name",
        "any(c IN n.name WHERE c = 'a')",
        "n.name = ['a', 'b']",
    ):
        assert not things.agrees(text).exact, text
    lowered = lower(check("toUpper(n.name) = 'A' AND n.age > 1", MODEL, THING, {}), object_.c, THING)
    assert lowered.notes == ("toUpper(n.name) = 'A': evaluated on what SQL selects", "n.age > 1: in SQL")
    assert lowered.rest is not None and lowered.rest.place.start == 0
    assert "IS NOT NULL" in str(lowered.sql.compile(dialect=sqlite.dialect()) if lowered.sql is not None else "")


def test_what_is_asked_of_end_points_is_left_to_the_evaluator() -> None:
    knows = replace(THING, id=200, name="Knows", category=Category.RELATIONSHIP)
    model = DataModel(types=(THING, knows))
    random = Random(3)
    samples = list(random_rows(random, 5).values())
    for _ in range(300):
        text, parameters = generator.clause(random, knows, samples, ends=(THING,))
        clause = check(text, model, knows, parameters)
        assert lower(clause, object_.c, knows).rest is not None or not clause.uses_ends, text
    clause = check("startNode(n).age > 1 AND n.age > 1", model, knows, {})
    assert lower(clause, object_.c, knows).notes == ("startNode(n).age > 1: evaluated", "n.age > 1: in SQL")


def test_constants_that_take_long_are_left_to_the_evaluator(tmp_path: Path) -> None:
    with table_of("sqlite", tmp_path, rows_of(age=[2])) as table:
        slow = "size([x IN range(1, 300) WHERE any(y IN range(1, 300) WHERE y < -x)]) = 0"
        endless = slow.replace("300", "3000")
        for text in (f"{slow} OR n.age > 1", f"n.age > 1 OR {slow}", f"n.age > 1 AND NOT {slow}"):
            assert not table.agrees(text).exact
        settled = f"n.age IS NULL OR n.age > 1 OR {endless}"  # OR looks no further than what is TRUE
        assert table.agrees(settled).verdicts == [True, True]
        for text in (f"{endless} OR n.age > 1", f"n.age > 1 AND NOT {endless}"):
            with pytest.raises(TooLarge, match="1,000,000 steps"):
                table.selected(check(text, MODEL, THING, {}))
            with pytest.raises(TooLarge, match="1,000,000 steps"):
                table.verdicts(check(text, MODEL, THING, {}))


def test_a_constant_conjunct_is_settled_once(things: Table) -> None:
    filter = check("1 + 1 = 2 AND n.age > 1 AND toLower('A') = 'a'", MODEL, THING, {})
    assert lower(filter, object_.c).notes == (
        "1 + 1 = 2: always true",
        "n.age > 1: in SQL",
        "toLower('A') = 'a': always true",
    )
    assert things.agrees("n.age > 1 AND 1 = 2").exact


NEVER: list[tuple[str, dict[str, ParameterValue]]] = [
    ("n.age < toInteger('x')", {}),
    ("toUpper(n.name) < toInteger('x')", {}),
    ("n.name = 1", {}),
    ("n.name = 1 OR n.age < 'a' OR null", {}),
    ("NOT (n.age < null)", {}),
    ("n.age = 1.5", {}),
    ("n.age IN ['a']", {}),
    ("null IN n.name", {}),
    ("n.age = $p.nope", {"p": {"hope": 1}}),
    ("n.age + $p.nope > 3", {"p": {}}),
    ("esri.graph.ST_Intersects(n.shape, $p)", {"p": None}),
    ("n:Thing AND type(n) = 'Other'", {}),
    ("1 = 2", {}),
]


@pytest.mark.parametrize(("text", "parameters"), NEVER, ids=[t for t, _ in NEVER])
def test_a_condition_no_object_can_fulfil_is_known_and_exact(
    things: Table, text: str, parameters: dict[str, ParameterValue]
) -> None:
    conjunct = text.removeprefix("n:Thing AND ")
    assert lower(check(text, MODEL, THING, parameters), object_.c, THING).never == (conjunct,)
    agreed = things.agrees(text, parameters)
    assert agreed.exact
    assert True not in agreed.verdicts


def test_a_condition_some_object_may_fulfil_is_not_called_hopeless() -> None:
    for text in (
        "n.name = 1 OR n.age = 1",
        "n.age = n.age",
        "n.name < toString(n.age)",
        "n.name IS NULL",
    ):
        assert lower(check(text, MODEL, THING, {}), object_.c, THING).never == (), text


# ---- however large, wherever from


def test_long_lists_are_one_parameter(things: Table) -> None:
    many = tuple(range(40_000))
    assert things.agrees("n.big IN $many", {"many": many}).exact
    assert things.agrees("NOT n.big IN $many", {"many": many}).exact
    assert things.agrees("n.name IN $many", {"many": ("a", "it's", '"', "\\", "x" * 129, *map(str, many))}).exact
    things.agrees("n.x IN $many", {"many": tuple(k / 2 for k in many)})
    things.agrees("id(n) IN $many", {"many": tuple(UUID(int=k) for k in many[3:])})


def test_long_clauses_are_cut_where_sql_ends(things: Table) -> None:
    things.agrees(" AND ".join(f"n.big <> {k}" for k in range(700)))
    things.agrees(" OR ".join(f"n.big = {k}" for k in range(700)))
    things.agrees(" XOR ".join(f"n.big = {k}" for k in range(60)))
    things.agrees("NOT " * 90 + "n.big = 1")
    things.agrees("(" * 90 + "n.big = 1" + ")" * 90)
    things.agrees("n.big" + " + n.age" * 30 + " > 3")
    deep = "n.age"
    for _ in range(20):
        deep = f"coalesce({deep}, 1)"
    things.agrees(f"{deep} = 1")


HOSTILE = (
    "'; DROP TABLE object; --",
    "' OR 1=1 --",
    '"',
    "\\",
    "%s",
    "%(x)s",
    ":x",
    "?",
    "$1",
    "{}",
    "\x1a",
    "é\u202e",
)


def test_text_is_bound_whatever_it_holds(things: Table) -> None:
    for text in HOSTILE:
        for clause in ("n.name = $t", "n.name STARTS WITH $t", "n.name CONTAINS $t", "NOT n.name IN [$t, 'a']"):
            things.agrees(clause, {"t": text})
    for text in ("\x00", "a\x00", "\ud800"):
        for clause in ("n.name = $t", "n.name > $t", "n.name CONTAINS $t", "n.name STARTS WITH $t", "n.name IN [$t]"):
            things.agrees(clause, {"t": text})


@pytest.mark.parametrize("backend", BACKENDS)
def test_closed_versions_and_selections_are_asked_the_same(backend: str, tmp_path: Path) -> None:
    rows = random_rows(Random(5), 40)
    with opened_store(backend, tmp_path) as store:
        svc = Graph.make(store).service.id
        put(store, svc, rows)
        with store.writing(svc, 2_000_000) as writing:
            writing.remove(list(rows))
        with store._backend.reading() as connection:
            table = Table(connection, svc, dict(rows))
            versions = select(history).where(history.c.svc == svc)
            places = (history.c, history.alias("h").c, versions.cte("closed").c, versions.subquery().c)
            for columns in places:
                for text in (
                    "n.age > 1",
                    "n.name STARTS WITH 'a'",
                    "NOT n.guid = $id",
                    "n.shape IS NULL",
                    "n.x IN $many",
                ):
                    parameters: dict[str, ParameterValue] = {"id": id_of(3), "many": (0.5, 1)}
                    used = {name: value for name, value in parameters.items() if f"${name}" in text}
                    clause = check(text, MODEL, THING, used)
                    meant = {id for id, verdict in table.verdicts(clause).items() if verdict}
                    assert table.selected(clause, columns) == (meant, True)


def test_text_is_ordered_by_code_points_in_postgresql() -> None:
    for text in (
        "n.name < 'é'",
        "n.name >= n.title",
        "CASE WHEN n.age > 1 THEN 'x' ELSE n.title END < 'b'",
        "coalesce(n.name, 'b') > 'a'",
    ):
        sql = lower(check(text, MODEL, THING, {}), object_.c).sql
        assert sql is not None
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        assert 'COLLATE "C"' in str(sql.compile(dialect=dialect)), text
