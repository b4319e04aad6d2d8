"""cleanupChangeTracking: how far back changes are kept, as owners of a feature service say it."""

from __future__ import annotations

from kgsync.errors import MalformedInput, NotSupported
from kgsync.model.history import Moment
from kgsync.model.trim import TrimBefore, TrimCall
from kgsync.server.http.features.parameters import Asked
from kgsync.server.http.features.replica_asking import generation

CLEAN_UP = ("layers", "retentionPeriod", "retentionPeriodUnits", "minServerGen", "replicaId", "async")
_UNITS = {"days": 86_400_000, "hours": 3_600_000, "minutes": 60_000, "seconds": 1_000}


def clean_up_call(asked: Asked, now: int) -> TrimCall:
    """Read what is to be forgotten: what is older than a retention period, or than a generation.

    The history is one for all layers. Raises MalformedInput naming the parameter, NotSupported.
    """
    if asked.text("replicaId") is not None:
        raise NotSupported("replicaId: unregister the replica, or trim by a generation")
    gen, period = generation(asked.text("minServerGen"), "minServerGen"), asked.number("retentionPeriod")
    if (gen is None) == (period is None):
        raise MalformedInput("give a retentionPeriod or a minServerGen", place="retentionPeriod")
    if gen is None:
        units = (asked.text("retentionPeriodUnits") or "days").lower()
        if units not in _UNITS:
            raise MalformedInput(f"{units[:20]!r} is none of {', '.join(_UNITS)}", place="retentionPeriodUnits")
        assert period is not None, "one of both is given"
        gen = Moment(max(1, now - period * _UNITS[units]))
    return TrimCall(mode=TrimBefore(date=gen, force=True))
