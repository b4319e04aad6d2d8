"""Positions in a service's history: Moments and the Spans between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from kgsync.errors import MalformedInput

# Last ms of year 9999: every Moment a client may present fits a calendar date.
_LAST_MS = 253402300799999
_WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A commit stamp: ms UTC, strictly increasing per service, unique per commit."""

    ms: int

    def __str__(self) -> str:
        if not 0 <= self.ms <= _LAST_MS:
            return str(self.ms)
        whole = datetime.fromtimestamp(self.ms // 1000, UTC)
        return f"{whole:%Y-%m-%dT%H:%M:%S}.{self.ms % 1000:03d}Z"

    @classmethod
    def parse(cls, text: str) -> Moment:
        """Read ms since 1970 or an ISO 8601 date (UTC unless it says otherwise).

        Raises MalformedInput.
        """
        stripped = text.strip()
        if _WHOLE.fullmatch(stripped):
            return cls(int(stripped))
        try:
            when = datetime.fromisoformat(stripped)
        except ValueError:
            raise MalformedInput(f"{text[:64]!r} is neither ms since 1970 nor an ISO 8601 date") from None
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        since = when - datetime(1970, 1, 1, tzinfo=UTC)
        return cls((since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000)


ORIGIN = Moment(0)
"""Before every commit: nothing is a member at ORIGIN."""


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open interval a delta covers: `after` exclusive, `upto` inclusive."""

    after: Moment
    upto: Moment
