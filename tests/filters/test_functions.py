"""Each function by examples, and all of them against values of every kind."""

from __future__ import annotations

import math
import random

import pytest

from kgsync.filters import arithmetic, comparison
from kgsync.filters.components import COMPONENTS, component
from kgsync.filters.functions import FUNCTIONS, Function
from kgsync.filters.kinds import (
    KINDS,
    MAX_INTEGER,
    MAX_LIST,
    MAX_TEXT,
    MIN_INTEGER,
    Exhausted,
    Meaning,
    Space,
    Work,
    kind,
)
from kgsync.filters.signatures import FUNCTIONS as SIGNATURES
from kgsync.model.geometry import Geometry, GeometryKind, SpatialReference
from kgsync.model.values import DateOnly, DateTime, Duration, TimeOnly, TimestampOffset
from tests.filters.meaning import SOME_ID, element, value
from tests.filters.samples import Samples

TEXTS = [
    ("toLower('ÄB')", "äb"),
    ("toUpper('straße')", "STRASSE"),
    ("toLower(5)", None),
    ("trim('\\t a b \\n')", "a b"),
    ("lTrim('  a ')", "a "),
    ("kgsync.like('abc', 'a%_')", True),
    ("kgsync.like('abc', 'a_')", False),
    ("rTrim('  a ')", "  a"),
    ("left('hello', 2)", "he"),
    ("left('hello', 9)", "hello"),
    ("left('hello', 0)", ""),
    ("left('hello', -1)", None),
    ("left('hello', 1.0)", None),
    ("right('hello', 2)", "lo"),
    ("right('hello', 0)", ""),
    ("right('hello', 9)", "hello"),
    ("right('hello', -1)", None),
    ("substring('hello', 1)", "ello"),
    ("substring('hello', 1, 3)", "ell"),
    ("substring('hello', 9)", ""),
    ("substring('hello', -1)", None),
    ("substring('hello', 1, -1)", None),
    ("substring('hello', 1, null)", None),
    ("substring('a😀b', 1, 1)", "😀"),
    ("replace('aaa', 'a', 'bb')", "bbbbbb"),
    ("replace('abc', '', 'x')", "abc"),
    ("replace('abc', 'z', 'x')", "abc"),
    ("split('a,b,', ',')", ("a", "b", "")),
    ("split('', ',')", ("",)),
    ("split('ab', '')", ("a", "b")),
    ("split('a%b', '%')", ("a", "b")),
    ("size('a😀')", 2),
    ("length('abc')", 3),
    ("reverse('abc')", "cba"),
    ("reverse(12)", None),
]

CONVERSIONS = [
    ("toString('a')", "a"),
    ("toString(12)", "12"),
    ("toString(1.0)", "1.0"),
    ("toString(0.1)", "0.1"),
    ("toString(true)", "true"),
    ("toString(null)", None),
    ("toString([1])", None),
    ("toString({a: 1})", None),
    ("toString(n)", None),
    ("toString(id(n))", "12345678-9abc-def0-1234-56789abcdef0"),
    ("toString(date('0000-02-29'))", "0000-02-29"),
    ("toString(localtime('07:08'))", "07:08:00.000"),
    ("toString(localdatetime('2020-01-02T03:04:05.678'))", "2020-01-02T03:04:05.678"),
    ("toString(datetime('2020-01-02T03:04:05+01:30'))", "2020-01-02T03:04:05.000+01:30"),
    ("toString(duration({months: 14, days: 3, milliseconds: 6007}))", "P14M3DT6.007S"),
    ("toInteger('42')", 42),
    ("toInteger(' -42 ')", -42),
    ("toInteger('7.9')", 7),
    ("toInteger('-7.9')", -7),
    ("toInteger('1e3')", 1000),
    ("toInteger('0x10')", None),
    ("toInteger('1_000')", None),
    ("toInteger('٣')", None),
    ("toInteger('')", None),
    ("toInteger('9223372036854775808')", None),
    ("toInteger('1e400')", None),
    ("toInteger(2.9)", 2),
    ("toInteger(-2.9)", -2),
    ("toInteger(1e19)", None),
    ("toInteger(true)", 1),
    ("toInteger([1])", None),
    ("toFloat('1.5')", 1.5),
    ("toFloat('.5')", 0.5),
    ("toFloat('1e400')", None),
    ("toFloat('nan')", None),
    ("toFloat('Infinity')", None),
    ("toFloat(3)", 3.0),
    ("toFloat(true)", None),
    ("toBoolean('TRUE')", True),
    ("toBoolean(' false ')", False),
    ("toBoolean('yes')", None),
    ("toBoolean(true)", True),
    ("toBoolean(0)", False),
    ("toBoolean(2)", True),
    ("toBoolean(1.0)", None),
]

LISTS = [
    ("size([1, null])", 2),
    ("size({a: 1})", None),
    ("length([1])", 1),
    ("head([1, 2])", 1),
    ("head([])", None),
    ("head('ab')", None),
    ("last([1, 2])", 2),
    ("last([])", None),
    ("tail([1, 2, 3])", (2, 3)),
    ("tail([])", ()),
    ("tail(1)", None),
    ("reverse([1, 2])", (2, 1)),
    ("range(1, 3)", (1, 2, 3)),
    ("range(3, 1)", ()),
    ("range(3, 1, -1)", (3, 2, 1)),
    ("range(1, 10, 4)", (1, 5, 9)),
    ("range(1, 3, 0)", None),
    ("range(1.0, 3)", None),
    ("range(1, null)", None),
    ("size(range(1, 10000))", MAX_LIST),
    ("range(0, 10000)", None),
    ("range(-9223372036854775807, 9223372036854775807)", None),
    ("size(range(-9223372036854775807, 9223372036854775807, 9223372036854775807))", 3),
    ("keys({b: 1, a: null})", ("a", "b")),
    ("keys('ab')", None),
    ("properties({a: 1})", {"a": 1}),
    ("coalesce(null, n.missing, 3, 4)", 3),
    ("coalesce(null)", None),
    ("exists(n.missing)", False),
    ("exists(n.name)", True),
    ("id(1)", None),
    ("type('a')", None),
    ("labels([1])", None),
]

NUMBERS = [
    ("abs(-3)", 3),
    ("abs(-3.5)", 3.5),
    ("abs(-9223372036854775808)", None),
    ("abs('a')", None),
    ("sign(-2.5)", -1),
    ("sign(0)", 0),
    ("sign(0.1)", 1),
    ("ceil(0.1)", 1.0),
    ("ceil(-0.5)", 0.0),
    ("floor(-0.1)", -1.0),
    ("floor(3)", 3.0),
    ("floor(1e300)", 1e300),
    ("round(0.5)", 1.0),
    ("round(-1.5)", -1.0),
    ("round(-1.6)", -2.0),
    ("round(0.49999999999999994)", 0.0),
    ("round(4503599627370497.5)", 4503599627370498.0),
    ("round(1e300)", 1e300),
    ("sqrt(16)", 4.0),
    ("sqrt(-1)", None),
    ("exp(0)", 1.0),
    ("exp(1000)", None),
    ("log(e())", 1.0),
    ("log(0)", None),
    ("log(-1)", None),
    ("log10(1000)", 3.0),
    ("sin(0)", 0.0),
    ("cos(pi())", -1.0),
    ("tan(0)", 0.0),
    ("cot(0)", None),
    ("cot(pi() / 4) > 0.999999", True),
    ("asin(2)", None),
    ("acos(1)", 0.0),
    ("atan(0)", 0.0),
    ("atan2(1, 1)", math.atan2(1, 1)),
    ("atan2(0, 0)", 0.0),
    ("degrees(pi())", 180.0),
    ("radians(180)", math.pi),
    ("sqrt(true)", None),
    ("e()", math.e),
]


@pytest.mark.parametrize(("text", "expected"), [*TEXTS, *CONVERSIONS, *LISTS, *NUMBERS])
def test_function_example(text: str, expected: object) -> None:
    found = value(text, element({"name": "Aha"}))
    assert found == expected
    assert type(found) is type(expected)


def test_every_function_has_an_example() -> None:
    written = " ".join(text for text, _ in [*TEXTS, *CONVERSIONS, *LISTS, *NUMBERS]).lower()
    elsewhere = {"esri", "duration", "date", "localtime", "localdatetime", "datetime", "startnode", "endnode"}
    for name in FUNCTIONS:
        assert f"{name}(" in written or name.partition(".")[0] in elsewhere, name


def test_null_in_is_null_out_but_for_three() -> None:
    for name, function in FUNCTIONS.items():
        count = max(function.least, 1)
        if function.takes(count):
            expected = False if name == "exists" else None
            assert function.apply(Work(), (None,) * count) is expected
    assert {name for name, function in FUNCTIONS.items() if function.nulls} == {"coalesce", "exists"}


def test_texts_made_stay_within_a_mebibyte() -> None:
    long = "x" * MAX_TEXT
    assert value("replace($s, 'x', 'yy')", s=long) is None
    assert value("replace($s, 'x', $s)", s=long) is None
    assert value("replace($s, 'x', 'y')", s=long) == "y" * MAX_TEXT
    assert value("toUpper($s)", s="ß" * MAX_TEXT) is None
    assert value("size(toLower($s))", s=long) == MAX_TEXT
    assert value("size($s + $s)", s=long) is None
    assert value("size($s)", s=long * 3) == 3 * MAX_TEXT
    assert value("split($s, '')", s="x" * (MAX_LIST + 1)) is None
    assert value("split($s, ',')", s="," * MAX_LIST) is None
    assert value("size(split($s, ''))", s="x" * MAX_LIST) == MAX_LIST
    assert value("toInteger($s)", s="1" * 100_000) is None
    assert value("duration($s)", s="P" + "1" * 100_000 + "D") is None


def test_the_checker_and_the_meaning_know_the_same_functions() -> None:
    assert SIGNATURES.keys() == FUNCTIONS.keys()
    for name, signature in SIGNATURES.items():
        for count in range(6):
            assert signature.fits(count) is FUNCTIONS[name].takes(count), (name, count)


# --- totality --------------------------------------------------------------------------------------

SPACES = [Space(), Space(model=SpatialReference(wkid=3857)), Space(text=SpatialReference(wkid=3857))]
SPACES.append(Space(model=SpatialReference(wkid=999_999)))


def check_result(function: Function, result: object) -> None:
    assert kind(result) in KINDS.values()
    expected = {"any": set(KINDS.values()), "number": {"integer", "float"}}.get(function.result, {function.result})
    assert kind(result) in expected | {"null"}
    if type(result) is int:
        assert MIN_INTEGER <= result <= MAX_INTEGER
    if type(result) is float:
        assert math.isfinite(result)


def throw_at_functions(seed: int, rounds: int) -> None:
    samples = Samples(seed)
    functions = list(FUNCTIONS.values())
    for _ in range(rounds):
        function, space = samples.random.choice(functions), samples.random.choice(SPACES)
        count = samples.random.randint(function.least, function.most if function.most is not None else 4)
        arguments = tuple(samples.value() for _ in range(count))
        try:
            check_result(function, function.apply(Work(space=space), arguments))
        except Exhausted:
            continue


OPERATORS: list[Meaning] = [
    *(arithmetic.add, arithmetic.subtract, arithmetic.multiply, arithmetic.divide, arithmetic.remainder),
    *(arithmetic.power, comparison.equal, comparison.unequal, comparison.less, comparison.less_or_equal),
    *(comparison.greater, comparison.greater_or_equal, comparison.among, comparison.contains),
    *(comparison.starts_with, comparison.ends_with),
]


def throw_at_operators(seed: int, rounds: int) -> None:
    samples = Samples(seed)
    names = sorted(frozenset[str]().union(*COMPONENTS.values()))
    for _ in range(rounds):
        left, right = samples.value(), samples.value()
        assert kind(component(left, samples.random.choice(names))) in ("integer", "string", "null")
        for operator in OPERATORS:
            assert kind(operator(Work(), left, right)) in KINDS.values()


@pytest.mark.parametrize("seed", range(4))
def test_nothing_fails_whatever_it_is_given(seed: int) -> None:
    throw_at_functions(seed, 2_000)
    throw_at_operators(seed, 1_000)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4, 40))
def test_nothing_fails_in_a_long_campaign(seed: int) -> None:
    throw_at_functions(seed, 50_000)
    throw_at_operators(seed, 50_000)


def test_one_value_of_each_kind_at_every_function() -> None:
    picks = random.Random(5)
    samples: list[object] = [None, True, 3, 2.5, "a", SOME_ID, DateTime(1), DateOnly(1), TimeOnly(1)]
    samples += [TimestampOffset(1, 3600), Duration(1), b"x", (1, "a"), {"year": 2020}, element()]
    samples.append(Geometry(GeometryKind.POINT, False, False, ((1.0, 2.0),)))
    assert {kind(sample) for sample in samples} == set(KINDS.values())
    for function in FUNCTIONS.values():
        count = function.least
        for sample in samples:
            for place in range(count):
                arguments = [picks.choice(samples) for _ in range(count)]
                arguments[place] = sample
                check_result(function, function.apply(Work(), tuple(arguments)))
