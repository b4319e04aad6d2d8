"""What was made last is kept, and no more than that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from kgsync.store.recent import Recent


def test_what_is_kept_is_made_once() -> None:
    kept, made = Recent(2), count()
    assert [kept.get("a", lambda: next(made)) for _ in range(3)] == [0, 0, 0]


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    kept, made = Recent(2), count()
    for key in ("a", "b", "a", "c"):
        kept.get(key, lambda: next(made))
    assert kept.get("a", lambda: next(made)) == 0
    assert kept.get("b", lambda: next(made)) == 3


def test_nothing_is_kept_without_a_key() -> None:
    kept, made = Recent(2), count()
    assert [kept.get(None, lambda: next(made)) for _ in range(2)] == [0, 1]


def test_what_could_not_be_made_is_made_the_next_time() -> None:
    kept = Recent(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 1) == 1


def test_threads_share_what_is_kept() -> None:
    kept, made = Recent(8), count()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda k: kept.get(k % 8, lambda: (k % 8, next(made))), range(800)))
    assert [key for key, _ in found] == [k % 8 for k in range(800)]
    # Several threads may make the same at first; from then on it is kept.
    assert next(made) <= 64
