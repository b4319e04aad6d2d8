"""The Python client, and the local replica it keeps: `connect`, `Replica`; kgsync.client.aio has them as coroutines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgsync.client.blocking import Replica, Server, Service, connect

__all__ = ["Replica", "Server", "Service", "connect"]


def __getattr__(name: str) -> Any:
    """Import what is asked for, when it is: commands that only read archives do not wait for the network's parts."""
    if name in __all__:
        from kgsync.client import blocking

        return getattr(blocking, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
