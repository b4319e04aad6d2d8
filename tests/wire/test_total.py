"""Law 10: any bytes give every decoder a value or one of our errors, with a message fit for the wire."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgsync.errors import KgsyncError
from kgsync.wire import pbf
from tests.wire.decoders import DECODERS, Decoder

PURE = settings.get_profile("pure")
PREFIXES = ("decode_", "read_", "parse_")


def _public() -> set[Callable[..., object]]:
    modules = [importlib.import_module(f"{pbf.__name__}.{m.name}") for m in pkgutil.iter_modules(pbf.__path__)]
    return {
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name.startswith(PREFIXES) and function.__module__ == module.__name__
    }


def _flip(draw: st.DrawFn, data: bytearray) -> None:
    if data:
        data[draw(st.integers(0, len(data) - 1))] ^= draw(st.integers(1, 255))


def _cut(draw: st.DrawFn, data: bytearray) -> None:
    start = draw(st.integers(0, len(data)))
    del data[start : start + draw(st.integers(1, 40))]


def _insert(draw: st.DrawFn, data: bytearray) -> None:
    at = draw(st.integers(0, len(data)))
    data[at:at] = draw(st.binary(min_size=1, max_size=12))


def _repeat(draw: st.DrawFn, data: bytearray) -> None:
    start = draw(st.integers(0, len(data)))
    at = draw(st.integers(0, len(data)))
    data[at:at] = data[start : start + draw(st.integers(1, 60))]


def _end(draw: st.DrawFn, data: bytearray) -> None:
    del data[draw(st.integers(0, len(data))) :]


@st.composite
def _mutations(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 4))):
        draw(st.sampled_from([_flip, _cut, _insert, _repeat, _end]))(draw, data)
    return bytes(data)


def _is_total(decoder: Decoder, data: bytes) -> None:
    try:
        decoder.run(data)
    except KgsyncError as error:
        assert error.message
        assert len(error.message) < 2000


@pytest.mark.parametrize("name", DECODERS)
@PURE
@given(data=st.binary(max_size=200))
def test_any_bytes_give_a_value_or_our_error(name: str, data: bytes) -> None:
    _is_total(DECODERS[name], data)


@pytest.mark.parametrize("name", [name for name, decoder in DECODERS.items() if any(decoder.seeds)])
@PURE
@given(data=st.data())
def test_a_valid_message_gone_wrong_gives_a_value_or_our_error(name: str, data: st.DataObject) -> None:
    decoder = DECODERS[name]

    _is_total(decoder, data.draw(_mutations(decoder.seeds)))


@pytest.mark.parametrize("name", DECODERS)
def test_valid_messages_are_read(name: str) -> None:
    for seed in filter(None, DECODERS[name].seeds):
        DECODERS[name].run(seed)


def test_the_table_names_every_decoder() -> None:
    covered = {function for decoder in DECODERS.values() for function in decoder.covers}

    assert sorted(f.__qualname__ for f in _public() - covered) == []


def test_the_table_names_no_function_that_is_gone() -> None:
    named = {f for d in DECODERS.values() for f in d.covers if f.__name__.startswith(PREFIXES)}

    assert named <= _public()
