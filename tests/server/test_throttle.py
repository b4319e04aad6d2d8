"""How often one caller may ask."""

from __future__ import annotations

import pytest

from kgsync.errors import Code, TooMany
from kgsync.server.http.throttle import BURST_SECONDS, Throttle


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _taken(throttle: Throttle, caller: str, count: int) -> int:
    """Say how many of so many requests pass."""
    passed = 0
    for _ in range(count):
        try:
            throttle.take(caller)
        except TooMany:
            continue
        passed += 1
    return passed


def test_a_caller_begins_with_a_burst_and_goes_on_at_the_rate() -> None:
    clock = _Clock()
    throttle = Throttle(10, clock)
    assert _taken(throttle, "ann", 100) == 10 * BURST_SECONDS
    clock.now += 2
    assert _taken(throttle, "ann", 100) == 20
    clock.now += 1_000
    assert _taken(throttle, "ann", 100) == 10 * BURST_SECONDS, "what was not used is not saved for ever"


def test_one_caller_takes_nothing_from_another() -> None:
    throttle = Throttle(10, _Clock())
    _taken(throttle, "ann", 100)
    assert _taken(throttle, "bob", 1) == 1


def test_a_refusal_says_when_to_come_back() -> None:
    throttle = Throttle(0.1, _Clock())
    with pytest.raises(TooMany) as refused:
        _taken(throttle, "ann", 1)
        throttle.take("ann")
    assert refused.value.code is Code.TOO_MANY
    assert refused.value.retry_seconds == 10
    assert "10 seconds" in refused.value.message


def test_a_clock_set_back_gives_nothing_away() -> None:
    clock = _Clock()
    throttle = Throttle(10, clock)
    _taken(throttle, "ann", 100)
    clock.now -= 1_000
    assert _taken(throttle, "ann", 10) == 0


def test_callers_are_not_remembered_without_end() -> None:
    throttle = Throttle(10, _Clock())
    for number in range(12_000):
        throttle.take(str(number))
    assert len(throttle._levels) == 10_000


def test_without_a_rate_everything_passes() -> None:
    assert _taken(Throttle(0, _Clock()), "ann", 1_000) == 1_000
