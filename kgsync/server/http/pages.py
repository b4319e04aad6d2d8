"""HTML pages of the same facts, escaped throughout."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

# Nothing is loaded from anywhere: one inline style sheet, allowed by this policy alone.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Pages:
    """Render the facts of an answer as a small readable page."""

    def __init__(self) -> None:
        environment = Environment(
            loader=PackageLoader("kgsync.server.http.directory", "templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._facts = environment.get_template("facts.html")
        self._query = environment.get_template("query.html")
        self._login = environment.get_template("login.html")
        self._sign_in = environment.get_template("signin.html")

    def headers(self) -> dict[str, str]:
        """Give what every page says to a browser."""
        return dict(_HEADERS)

    def facts(
        self,
        title: str,
        facts: dict[str, Any],
        *,
        links: list[tuple[str, str]] | None = None,
        operation: str | None = None,
    ) -> web.Response:
        """Show nested facts as tables; `operation` names a POST this address takes."""
        text = self._facts.render(title=title, facts=facts, links=links or [], operation=operation)
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=_HEADERS)

    def query(self, title: str, **facts: Any) -> web.Response:
        """Show a form for a query, and below it the rows of the one that was sent, or what is wrong with it."""
        text = self._query.render(title=title, **facts)
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=_HEADERS)

    def login(self, **facts: str) -> web.Response:
        """Show the form to look at pages, or who is signed in."""
        headers = {**_HEADERS, "Cache-Control": "no-store"}
        text = self._login.render(title="Sign in", **facts)
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)

    def sign_in(self, info: dict[str, Any], *, client: str, lead: str) -> web.Response:
        """Show the form to sign in; `lead` is the origin it may lead to afterwards."""
        text = self._sign_in.render(title="Sign in", info=info, client=client)
        policy = _HEADERS["Content-Security-Policy"].replace("form-action 'self'", f"form-action 'self' {lead}".strip())
        headers = {**_HEADERS, "Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)
