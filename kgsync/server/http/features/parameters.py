"""Parameters of feature services as they come: names in any case, empty texts for nothing, numbers with blanks around.

What is accepted beyond the documents is what deployed clients send.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from kgsync.errors import MalformedInput
from kgsync.server.http import context

_TRUE, _FALSE = ("true", "1"), ("false", "0")
_MOST = 2**53


class Asked:
    """The parameters of one request. Every method raises MalformedInput naming the parameter."""

    def __init__(self, given: Mapping[str, str], url: str = "") -> None:
        self.url = url  # of the service that is asked
        texts = {name.casefold(): text.strip() for name, text in given.items()}
        self.texts = {name: text for name, text in texts.items() if text not in ("", '""')}

    @classmethod
    async def of(cls, request: web.Request) -> Asked:
        return cls(await context.parameters(request))

    def text(self, name: str) -> str | None:
        """Give a parameter, None where it is absent or empty."""
        return self.texts.get(name.casefold())

    def truth(self, name: str, default: bool) -> bool:
        text = self.text(name)
        if text is None:
            return default
        if text.lower() in _TRUE:
            return True
        if text.lower() in _FALSE:
            return False
        raise MalformedInput(f"{text[:40]!r} is not true or false", place=name)

    def number(self, name: str) -> int | None:
        """Give a whole number from 0 on."""
        text = self.text(name)
        if text is None:
            return None
        if not text.isascii() or not text.isdecimal() or len(text) > 16 or int(text) > _MOST:
            raise MalformedInput(f"{text[:40]!r} is no whole number from 0 on", place=name)
        return int(text)

    def listed(self, name: str) -> Any:
        """Give ids as they came: a list of JSON, or texts parted by commas; None where the parameter is absent."""
        text = self.text(name)
        return self.json(name, list) if text is not None and text.startswith("[") else text

    def names(self, name: str) -> list[str] | None:
        text = self.text(name)
        return None if text is None else [part.strip() for part in text.split(",") if part.strip()]

    def json(self, name: str, kind: type) -> Any:
        """Give an object or list of JSON; None where the parameter is absent."""
        text = self.text(name)
        if text is None:
            return None
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise MalformedInput("the value is not JSON", place=name) from None
        if not isinstance(value, kind):
            raise MalformedInput(f"the value is not a JSON {'object' if kind is dict else 'list'}", place=name)
        return value
