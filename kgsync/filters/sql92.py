"""Parse SQL-92 conditions, as where-clauses of feature layers have them, into the tree openCypher parses into.

Fields are found whatever their case. What SQL writes otherwise is brought into the tree's own operators: so a
condition is checked, evaluated and lowered by what there is, and can be kept as openCypher (text.py writes it).
The rules are those of layers: a text beside a date, time or id is read as one; `1=1` is everything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from kgsync.errors import TooLarge
from kgsync.filters import temporal
from kgsync.filters.building import balanced, operands, token_place
from kgsync.filters.cypher import MAX_TEXT_BYTES, MAX_TOKENS, check_size
from kgsync.filters.kinds import Work
from kgsync.filters.literals import Misspelt, read_float, read_integer
from kgsync.filters.refusals import Refused, past_limit, place_at, refusal
from kgsync.filters.tree import Binary, Call, Case, Expr, IsNull, ListOf, Literal, Member, Place, Unary, Variable
from kgsync.model.schema import Fields, FieldType, NamedType
from kgsync.model.values import DateOnly, DateTime, TimestampOffset

SUBJECT = "n"
_DAY_MS = 86_400_000
_MOST_NESTED = 40  # a level takes some twenty frames of Python while nodes are made


@dataclass(frozen=True, slots=True)
class Names:
    """The fields of a layer; `now` is the wall clock in ms where a condition may ask for it."""

    fields: Fields
    now: int | None = None

    @classmethod
    def of(cls, layer: NamedType, now: int | None = None) -> Names:
        return cls(Fields(layer.properties), now)


def parse_sql92(text: str, names: Names) -> Expr:
    """Parse a condition on `n`. Raises MalformedInput naming line, column and slice; TooLarge past a limit."""
    _check_text(text)
    try:
        found = cast(Expr, _Builder(names).transform(_parser().parse(text)))
    except VisitError as error:
        if isinstance(error.orig_exc, Refused):
            raise refusal(text, error.orig_exc.place, error.orig_exc.reason) from None
        raise
    except UnexpectedInput as error:
        raise _syntax_error(text, error) from None
    check_size(text, found)
    return found


@cache
def _parser() -> Lark:
    grammar = files("kgsync.filters").joinpath("sql92.lark").read_text(encoding="utf-8")
    return Lark(grammar, start="condition", parser="lalr", lexer="contextual", maybe_placeholders=False)


# ---- before parsing -------------------------------------------------------------------------------

_UNFIT = re.compile("[\0\ud800-\udfff]")
_SHAPE = re.compile(
    r"""(?P<passed>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?P<gap>\s+)|(?P<unclosed>['"])"""
    r"""|(?P<open>\(|\b(?i:case)\b)|(?P<close>\)|\b(?i:end)\b)|(?P<prefix>[-+]|\b(?i:not)\b)|\w+|[^\w\s]"""
)


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        raise TooLarge(f"a condition is limited to {MAX_TEXT_BYTES} bytes", place="line 1, column 1")
    unfit = _UNFIT.search(text)
    if unfit is not None:
        raise refusal(text, place_at(text, unfit.start()), "the condition has a character that no text has")
    brackets = run = tokens = 0
    for found in _SHAPE.finditer(text):
        kind = found.lastgroup
        if kind == "unclosed":
            told = "a text is not closed" if found[0] == "'" else "a quoted name is not closed"
            raise refusal(text, place_at(text, found.start()), told)
        brackets += (kind == "open") - (kind == "close")
        run = run + 1 if kind == "prefix" else run if kind == "gap" else 0
        tokens += kind != "gap"
        if brackets + run > _MOST_NESTED:
            told = f"the condition is nested more than {_MOST_NESTED} levels deep"
            raise past_limit(text, place_at(text, found.start()), told)
    if tokens > MAX_TOKENS:
        raise past_limit(text, place_at(text, 0), f"the condition has more than {MAX_TOKENS} words and signs")


def _syntax_error(text: str, error: UnexpectedInput) -> Exception:
    token = error.token if isinstance(error, UnexpectedToken) else None
    start = error.pos_in_stream or 0
    if token is not None and token.type == "$END":
        return refusal(text, place_at(text, len(text)), "the condition ends in the middle")
    place = place_at(text, start) if token is None else token_place(token)
    shown = text[place.start : max(place.start + 1, min(place.stop, place.start + 40))]
    if shown == ";":
        return refusal(text, place, "a where-clause is one condition; nothing may follow it")
    return refusal(text, place, f"{shown!r} cannot stand here")


# ---- building -------------------------------------------------------------------------------------

# Functions by their name in SQL: the one of the tree, and how many arguments it takes.
_FUNCTIONS = {
    "upper": ("toupper", 1), "ucase": ("toupper", 1), "lower": ("tolower", 1), "lcase": ("tolower", 1),
    "char_length": ("size", 1), "character_length": ("size", 1), "length": ("size", 1), "len": ("size", 1),
    "trim": ("trim", 1), "ltrim": ("ltrim", 1), "rtrim": ("rtrim", 1), "abs": ("abs", 1), "sign": ("sign", 1),
    "ceiling": ("ceil", 1), "ceil": ("ceil", 1), "floor": ("floor", 1), "round": ("round", 1), "sqrt": ("sqrt", 1),
    "exp": ("exp", 1), "log": ("log", 1), "log10": ("log10", 1), "sin": ("sin", 1), "cos": ("cos", 1),
    "tan": ("tan", 1), "asin": ("asin", 1), "acos": ("acos", 1), "atan": ("atan", 1), "left": ("left", 2),
    "right": ("right", 2), "replace": ("replace", 3),
}  # fmt: skip
_OPERATORS = {"mod": "%", "power": "^"}
_CASTS = {
    **dict.fromkeys(("integer", "int", "smallint", "bigint"), "tointeger"),
    **dict.fromkeys(("float", "real", "double", "decimal", "numeric"), "tofloat"),
    **dict.fromkeys(("varchar", "char", "nvarchar", "text"), "tostring"),
    "timestamp": "localdatetime",
}
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_UNITS = {"day": "P{}D", "hour": "PT{}H", "minute": "PT{}M", "second": "PT{}S", "month": "P{}M", "year": "P{}Y"}


def _place_of(part: Any) -> Place:
    return token_place(part) if isinstance(part, Token) else cast(Place, part.place)


def _span(parts: Sequence[Any]) -> Place:
    first, last = _place_of(parts[0]), _place_of(parts[-1])
    return Place(first.line, first.column, first.start, last.stop)


def _values(parts: Sequence[Any]) -> list[Expr]:
    return [part for part in parts if not isinstance(part, Token | tuple)]


def _text(token: Token) -> str:
    return str(token)[str(token).index("'") + 1 : -1].replace("''", "'")


class _Builder(Transformer[Token, Any]):
    """Make nodes from the parts of a rule, bottom up."""

    def __init__(self, names: Names) -> None:
        super().__init__(visit_tokens=False)
        self._names = names

    # ---- conditions

    def disjunction(self, parts: list[Any]) -> Expr:
        return balanced("OR", [each for part in _values(parts) for each in operands("OR", part)])

    def conjunction(self, parts: list[Any]) -> Expr:
        return balanced("AND", [each for part in _values(parts) for each in operands("AND", part)])

    def negated(self, parts: list[Any]) -> Expr:
        return Unary("NOT", parts[1], place=_span(parts))

    def comparison(self, parts: list[Any]) -> Expr:
        op = "<>" if str(parts[1]) == "!=" else str(parts[1])
        return self._compared(op, parts[0], parts[2], _span(parts))

    def _compared(self, op: str, left: Expr, right: Expr, place: Place) -> Expr:
        return Binary(op, self._fitted(left, right), self._fitted(right, left), place=place)

    def is_null(self, parts: list[Any]) -> Expr:
        return IsNull(parts[0], False, place=_span(parts))

    def is_not_null(self, parts: list[Any]) -> Expr:
        return IsNull(parts[0], True, place=_span(parts))

    def among(self, parts: list[Any]) -> Expr:
        subject, *items = _values(parts)
        fitted = ListOf(tuple(self._fitted(item, subject) for item in items), place=_span(parts))
        return Binary("IN", subject, fitted, place=_span(parts))

    def not_among(self, parts: list[Any]) -> Expr:
        return Unary("NOT", self.among(parts), place=_span(parts))

    def between(self, parts: list[Any]) -> Expr:
        subject, low, high = _values(parts)
        place = _span(parts)
        ends = (self._compared("<=", low, subject, place), self._compared("<=", subject, high, place))
        return Binary("AND", *ends, place=place)

    def not_between(self, parts: list[Any]) -> Expr:
        return Unary("NOT", self.between(parts), place=_span(parts))

    def like(self, parts: list[Any]) -> Expr:
        subject, pattern = _values(parts)
        if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
            raise Refused(_place_of(pattern), "LIKE takes a pattern written as a text")
        escape = _text(parts[-1]) if isinstance(parts[-1], Token) else ""
        if isinstance(parts[-1], Token) and len(escape) != 1:
            raise Refused(_place_of(parts[-1]), "ESCAPE takes one character")
        return _like(subject, _segments(pattern.value, escape, pattern.place), _span(parts))

    def not_like(self, parts: list[Any]) -> Expr:
        return Unary("NOT", self.like(parts), place=_span(parts))

    # ---- values

    def sum(self, parts: list[Any]) -> Expr:
        left = parts[0]
        for k in range(1, len(parts), 2):
            op, right, place = str(parts[k]), parts[k + 1], _span((left, parts[k + 1]))
            if op == "||":
                op, left, right = "+", self._textual(left), self._textual(right)
            left = Binary(op, left, right, place=place)
        return left  # type: ignore[no-any-return]

    product = sum

    def _textual(self, value: Expr) -> Expr:
        """Have a value joined as text: + would add numbers."""
        if isinstance(value, Literal) and isinstance(value.value, str):
            return value
        field = self._names.fields.get(value.name) if isinstance(value, Member) else None
        if field is not None and field.field_type is FieldType.STRING:
            return value
        return Call("tostring", (value,), place=value.place)

    def signed(self, parts: list[Any]) -> Expr:
        op, operand = str(parts[0]), parts[1]
        if op == "-" and isinstance(operand, Literal) and type(operand.value) in (int, float):
            return Literal(-cast(int, operand.value), place=_span(parts))
        return Unary(op, operand, place=_span(parts))

    def brackets(self, parts: list[Any]) -> Expr:
        return parts[1]  # type: ignore[no-any-return]

    def field(self, parts: list[Any]) -> Expr:
        return self._member(str(parts[0]), parts[0])

    def quoted(self, parts: list[Any]) -> Expr:
        return self._member(str(parts[0])[1:-1].replace('""', '"'), parts[0])

    def _member(self, name: str, token: Token) -> Expr:
        found = self._names.fields.get(name)
        if found is None:
            known = ", ".join(sorted(p.name for p in self._names.fields.all)) or "none"
            raise Refused(token_place(token), f"there is no field {name[:64]!r}; there are: {known}")
        place = token_place(token)
        return Member(Variable(SUBJECT, place=place), found.name, place=place)

    def integer(self, parts: list[Any]) -> Expr:
        token = parts[0]
        try:
            return Literal(read_integer(str(token).lstrip("0") or "0"), place=token_place(token))
        except Misspelt as error:
            raise Refused(token_place(token), str(error)) from None

    def decimal(self, parts: list[Any]) -> Expr:
        try:
            return Literal(read_float(str(parts[0])), place=token_place(parts[0]))
        except Misspelt as error:
            raise Refused(token_place(parts[0]), str(error)) from None

    def text(self, parts: list[Any]) -> Expr:
        return Literal(_text(parts[0]), place=token_place(parts[0]))

    def constant(self, parts: list[Any]) -> Expr:
        word = str(parts[0]).upper()
        return Literal({"TRUE": True, "FALSE": False, "NULL": None}[word], place=token_place(parts[0]))

    # ---- dates

    def date(self, parts: list[Any]) -> Expr:
        return self._instant(parts, "DATE '2026-03-21'")

    def timestamp(self, parts: list[Any]) -> Expr:
        return self._instant(parts, "TIMESTAMP '2026-03-21 10:30:00'")

    def _instant(self, parts: list[Any], example: str) -> Expr:
        read = temporal.localdatetime(Work(), _text(parts[1]))
        if not isinstance(read, DateTime):
            raise Refused(_span(parts), f"this is no date; one is written {example}")
        return Literal(read, place=_span(parts))

    def time(self, parts: list[Any]) -> Expr:
        read = temporal.localtime(Work(), _text(parts[1]))
        if read is None:
            raise Refused(_span(parts), "this is no time; one is written TIME '10:30:00'")
        return Literal(cast(Any, read), place=_span(parts))

    def interval(self, parts: list[Any]) -> Expr:
        amount, unit = _text(parts[1]).strip(), str(parts[2]).lower()
        if unit not in _UNITS or not re.fullmatch(r"[+-]?\d{1,9}", amount, re.ASCII):
            raise Refused(_span(parts), f"this is no interval; one is written INTERVAL '5' {'|'.join(_UNITS).upper()}")
        return Call("duration", (Literal(_UNITS[unit].format(amount)),), place=_span(parts))

    def today(self, parts: list[Any]) -> Expr:
        now = self._now(parts)
        return Literal(DateTime(now - now % _DAY_MS), place=_span(parts))

    def now(self, parts: list[Any]) -> Expr:
        return Literal(DateTime(self._now(parts)), place=_span(parts))

    def _now(self, parts: list[Any]) -> int:
        if self._names.now is None:
            told = "the time of the question means nothing here: what belongs to a replica is told by its objects alone"
            raise Refused(_span(parts), told)
        return self._names.now

    def _fitted(self, value: Expr, beside: Expr) -> Expr:
        """Read a text or instant as what stands beside it is: a date of the kind of its field."""
        if not isinstance(value, Literal) or not isinstance(value.value, str | DateTime):
            return value
        field = self._names.fields.get(beside.name) if isinstance(beside, Member) else None
        kind = None if field is None else field.field_type
        if kind not in _READERS:
            return value
        text = value.value if isinstance(value.value, str) else None
        instant = temporal.localdatetime(Work(), text) if text is not None else value.value
        read = _READERS[kind](text, instant)
        if read is None:
            assert field is not None, "the kind is a field's"
            raise Refused(value.place, f"this does not fit the field {field.name}")
        return Literal(read, place=value.place)

    # ---- functions

    def call(self, parts: list[Any]) -> Expr:
        name, arguments = str(parts[0]).lower(), tuple(_values(parts[1:]))
        place = _span(parts)
        if name == "coalesce" and arguments:
            return Call(name, arguments, place=place)
        if name == "nullif" and len(arguments) == 2:
            same = self._compared("=", *arguments, place=place)
            return Case(None, ((same, Literal(None)),), arguments[0], place=place)
        if name == "concat" and len(arguments) >= 2:
            joined = self._textual(arguments[0])
            for each in arguments[1:]:
                joined = Binary("+", joined, self._textual(each), place=place)
            return joined
        if name in _OPERATORS and len(arguments) == 2:
            return Binary(_OPERATORS[name], *arguments, place=place)
        if name == "round" and len(arguments) == 2 and arguments[1] == Literal(0):
            arguments = arguments[:1]
        known = _FUNCTIONS.get(name)
        if known is None:
            every = (*_FUNCTIONS, *_OPERATORS, "coalesce", "concat", "nullif")
            names = ", ".join(sorted(each.upper() for each in every))
            raise Refused(token_place(parts[0]), f"there is no function {name.upper()[:64]}; there are: {names}")
        if len(arguments) != known[1]:
            raise Refused(place, f"{name.upper()} takes {known[1]} arguments, these are {len(arguments)}")
        return Call(known[0], arguments, place=place)

    def substring(self, parts: list[Any]) -> Expr:
        of, start, *length = _values(parts)
        place = _span(parts)
        if len(length) > 1:
            raise Refused(place, "SUBSTRING takes a text, where to begin, and a length")
        if isinstance(start, Literal) and type(start.value) is int:
            begin: Expr = Literal(max(0, start.value - 1), place=start.place)
        else:
            begin = Binary("-", start, Literal(1), place=start.place)
        return Call("substring", (of, begin, *length), place=place)

    def extract(self, parts: list[Any]) -> Expr:
        part, of = str(parts[2]).lower(), _values(parts)[0]
        if part not in _PARTS:
            raise Refused(token_place(parts[2]), f"EXTRACT knows {', '.join(_PARTS).upper()}")
        return Member(of, part, place=_span(parts))

    def kind(self, parts: list[Any]) -> tuple[str, Place, int | None]:
        length = int(str(parts[2])[:9]) if len(parts) > 2 else None
        return str(parts[0]).lower(), token_place(parts[0]), length

    def cast(self, parts: list[Any]) -> Expr:
        of = _values(parts)[0]
        name, place, length = next(part for part in parts if isinstance(part, tuple))
        if name not in _CASTS:
            raise Refused(place, f"CAST knows {', '.join(sorted(_CASTS)).upper()}")
        made = Call(_CASTS[name], (of,), place=_span(parts))
        if _CASTS[name] == "tostring" and length is not None:
            return Call("left", (made, Literal(length)), place=made.place)
        return made

    def branch(self, parts: list[Any]) -> tuple[Expr, Expr]:
        return cast(tuple[Expr, Expr], tuple(_values(parts)))

    def case(self, parts: list[Any]) -> Expr:
        return Case(None, tuple(part for part in parts if isinstance(part, tuple)), None, place=_span(parts))

    def case_else(self, parts: list[Any]) -> Expr:
        branches = tuple(part for part in parts if isinstance(part, tuple))
        return Case(None, branches, _values(parts)[0], place=_span(parts))


def _date_only(text: str | None, instant: Any) -> Any:
    return DateOnly(instant.ms // _DAY_MS) if isinstance(instant, DateTime) and not instant.ms % _DAY_MS else None


def _offset(text: str | None, instant: Any) -> Any:
    read = None if text is None else temporal.datetime(Work(), text)
    return read if read is not None else TimestampOffset(instant.ms, 0) if isinstance(instant, DateTime) else None


def _local(text: str | None, instant: Any) -> Any:
    return instant


def _time(text: str | None, instant: Any) -> Any:
    return None if text is None else temporal.localtime(Work(), text)


_READERS = {
    FieldType.DATE: _local,
    FieldType.DATE_ONLY: _date_only,
    FieldType.TIMESTAMP_OFFSET: _offset,
    FieldType.TIME_ONLY: _time,
}


# ---- LIKE -----------------------------------------------------------------------------------------

_ANY, _ONE = object(), object()


def _segments(pattern: str, escape: str, place: Place) -> list[Any]:
    """Cut a pattern into texts and the signs for any characters and for one."""
    found: list[Any] = []
    characters = iter(pattern)
    for character in characters:
        if escape and character == escape:
            character = next(characters, "")
            if character not in ("%", "_", escape):
                raise Refused(place, "what follows the escape character is %, _ or itself")
        elif character in "%_":
            found.append(_ANY if character == "%" else _ONE)
            continue
        if found and isinstance(found[-1], str):
            found[-1] += character
        else:
            found.append(character)
    return found


def _like(subject: Expr, segments: list[Any], place: Place) -> Expr:
    """Bring a pattern into text tests where they say the same, which an index may answer; else into a call."""

    def test(op: str, text: str) -> Expr:
        return Binary(op, subject, Literal(text), place=place)

    match segments:
        case []:
            return test("=", "")
        case [str(whole)]:
            return test("=", whole)
        case [str(start), end] if end is _ANY:
            return test("STARTS WITH", start)
        case [begin, str(end)] if begin is _ANY:
            return test("ENDS WITH", end)
        case [begin, str(middle), end] if begin is _ANY and end is _ANY:
            return test("CONTAINS", middle)
    spelled = [s if isinstance(s, str) else None for s in segments]
    pattern = "".join(
        re.sub(r"([\\%_])", r"\\\1", text) if text is not None else "%" if sign is _ANY else "_"
        for text, sign in zip(spelled, segments, strict=True)
    )
    return Call("kgsync.like", (subject, Literal(pattern)), place=place)
