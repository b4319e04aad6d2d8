"""What was read and still holds, because nothing at all was committed since: not here, not by another process."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
_MOST = 4096  # answers held: some hundred bytes each
_SECONDS = 1.0  # what depends on the clock, such as a token's end, is asked for again so often


class _Held(NamedTuple):
    version: int
    until: float
    value: Any


def always(value: object) -> bool:
    return True


class Unchanged:
    """Answers by what was asked. `version` says how the database stands, None where it cannot; on the event loop."""

    def __init__(self, version: Callable[[], int | None]) -> None:
        self._version = version
        self._held: OrderedDict[Hashable, _Held] = OrderedDict()

    async def read(self, key: Hashable, ask: Callable[[], Awaitable[T]], keep: Callable[[T], bool] = always) -> T:
        """Await `ask()`, which changes nothing, unless its answer to the same key still holds."""
        version = self._version()  # before asking: what is committed meanwhile makes it another
        held = self._held.get(key)
        if held is not None and held.version == version and time.monotonic() < held.until:
            return held.value  # type: ignore[no-any-return]
        value = await ask()
        if version is not None and keep(value):
            self._held[key] = _Held(version, time.monotonic() + _SECONDS, value)
            self._held.move_to_end(key)
            if len(self._held) > _MOST:
                self._held.popitem(last=False)
        return value
