"""Tokens: given once, or fetched with a user and password and fetched anew when they run out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from kgsync.errors import AuthenticationError, Code

Fetch = Callable[[], Awaitable[str]]


class Tokens:
    """The token of a connection. Secrets stay inside: nothing of them is shown."""

    def __init__(self, token: str | None = None, fetch: Fetch | None = None) -> None:
        self._token, self._fetch = token, fetch
        self._fetching = asyncio.Lock()

    async def current(self) -> str | None:
        """Give the token to send, fetched when there is none yet; None for nobody in particular."""
        if self._token is None and self._fetch is not None:
            await self.renew(None)
        return self._token

    async def renew(self, refused: str | None) -> None:
        """Fetch another token in place of one that was refused, once for all who ask. Raises AuthenticationError."""
        if self._fetch is None:
            raise AuthenticationError("The token is not good any more: connect with another one")
        async with self._fetching:
            if self._token == refused:
                self._token = await self._fetch()

    async def renewed(self, error: AuthenticationError, sent: str | None) -> bool:
        """Say whether a refusal was of a token that had run out, and another one than was sent is there now."""
        if error.code is not Code.INVALID_TOKEN or self._fetch is None:
            return False
        await self.renew(sent)
        return True
