"""Whether a version holds what was sent, to the last digit: a caller who sent it need not be told of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from kgsync.model.geometry import Grid
from kgsync.model.schema import NamedType
from kgsync.model.values import Value
from kgsync.sync.codec import Codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How a caller is told of values, and whose content was carried into another spatial reference on its way in."""

    tell: Callable[[Value], object]
    altered: Collection[UUID] = ()


class Verbatim:
    """Compare what was sent with what a row of it would tell."""

    def __init__(self, telling: Telling, codec: Codec, grid: Grid) -> None:
        self._telling, self._codec, self._grid = telling, codec, grid

    def holds(
        self, named_type: NamedType, id: UUID, row: bytes, sent: Mapping[str, Value], before: Mapping[str, Value]
    ) -> bool:
        """Say whether a row tells what was sent and, of what was not named, what stood there before.

        Object and global id are the server's to keep, and no difference.
        """
        if id in self._telling.altered:
            return False
        tell, stored = self._telling.tell, self._codec.decode_row(row, self._grid)
        for each in named_type.properties:
            if each.system and not each.tracking:
                continue
            expected = sent[each.name] if each.name in sent else tell(before.get(each.name))
            if tell(stored.get(each.name)) != expected:
                return False
        return True
