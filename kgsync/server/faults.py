"""What is told of a fault: nothing but the number under which the log has it."""

from __future__ import annotations

import secrets

import structlog

from kgsync.errors import Code, KgsyncError

_NAME = "request"


def number_request() -> str:
    """Give the request this task answers a number, which stands in every line it logs."""
    number = secrets.token_hex(8)
    structlog.contextvars.bind_contextvars(**{_NAME: number})
    return number


def fault() -> KgsyncError:
    """Make what callers hear of an error nobody foresaw."""
    number = structlog.contextvars.get_contextvars().get(_NAME)
    named = f" under request {number}" if number else ""
    return KgsyncError(f"The server failed to answer; its log says why{named}", code=Code.INTERNAL)
