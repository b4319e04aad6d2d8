"""Tokens of an outside issuer: a real one on this machine, with keys it changes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from kgsync.errors import AuthenticationError, Code, Forbidden, KgsyncError, MalformedInput, Unavailable
from kgsync.model.people import Role
from kgsync.server.compose import running
from kgsync.server.security import oidc
from kgsync.server.security.accounts import add_account, set_disabled
from kgsync.server.security.oidc import OutsideTokens, issuer_of, looks_outside
from kgsync.server.settings import Settings
from kgsync.store.database import Store, open_store
from kgsync.store.runner import Runner

AUDIENCE = "kgsync-test"


@dataclass
class Issuer:
    """An issuer that answers by HTTP, and signs what it is told to."""

    url: str = ""
    keys: list[ECKey] = field(default_factory=list)
    fetched: int = 0
    named: str | None = None
    keys_at: str | None = None

    def turn(self) -> None:
        """Sign with another key from now on, and forget the others."""
        self.keys = [ECKey.generate_key("P-256", {"kid": f"key-{time.monotonic_ns()}"}, private=True)]

    def token(self, *, key: Any = None, algorithm: str = "ES256", **claims: Any) -> str:
        now = int(time.time())
        said = {"iss": self.url, "aud": AUDIENCE, "exp": now + 300, "preferred_username": "ann", "sub": "u1", **claims}
        signing = key or self.keys[0]
        header = {"alg": algorithm, "kid": signing.kid} if signing.kid else {"alg": algorithm}
        return jwt.encode(header, {k: v for k, v in said.items() if v is not None}, signing, algorithms=[algorithm])

    async def configuration(self, request: web.Request) -> web.Response:
        return web.json_response({"issuer": self.named or self.url, "jwks_uri": self.keys_at or f"{self.url}/keys"})

    async def jwks(self, request: web.Request) -> web.Response:
        self.fetched += 1
        return web.json_response(KeySet([*self.keys]).as_dict(private=False))


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    made.turn()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", made.configuration)
    app.router.add_get("/keys", made.jwks)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, None)
    add_account(opened, "root", "a long password", role=Role.ADMINISTRATOR, now=1)
    yield opened
    opened.close()


def _tokens(issuer: Issuer, store: Store, **more: Any) -> OutsideTokens:
    given = {"oidc_issuer": issuer.url, "oidc_audience": AUDIENCE, **more}
    found = issuer_of(Settings.model_validate(given))
    assert found is not None
    runner = Runner()
    _RUNNERS.append(runner)
    return OutsideTokens(found, store, runner)


_RUNNERS: list[Runner] = []


@pytest.fixture(autouse=True)
def runners_end() -> Iterator[None]:
    yield
    while _RUNNERS:
        _RUNNERS.pop().close()


async def test_whoever_the_issuer_vouches_for_comes_in(issuer: Issuer, store: Store) -> None:
    tokens = _tokens(issuer, store)
    first = await tokens.account(issuer.token(), 5)
    assert (first.name, first.role, first.outside, first.created) == ("ann", Role.VIEWER, True, 5)
    assert await tokens.account(issuer.token(), 9) == first
    assert issuer.fetched == 1, "keys are kept"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"nbf": 2**40},
    ],
    ids=str,
)
async def test_a_token_for_others_or_another_time_opens_nothing(
    issuer: Issuer, store: Store, claims: dict[str, Any]
) -> None:
    with pytest.raises(AuthenticationError) as refused:
        await _tokens(issuer, store).account(issuer.token(**claims), 1)
    assert refused.value.code is Code.INVALID_TOKEN
    with store.people() as people:
        assert people.account("ann") is None


async def test_a_token_signed_by_another_key_or_by_none_opens_nothing(issuer: Issuer, store: Store) -> None:
    tokens = _tokens(issuer, store)
    other = ECKey.generate_key("P-256", {"kid": str(issuer.keys[0].kid)}, private=True)
    good = issuer.token()
    head, body, _ = good.split(".")
    unsigned = "eyJhbGciOiJub25lIn0." + body + "."
    hmac = issuer.token(key=OctKey.import_key("a secret everyone may know, for it is public"), algorithm="HS256")
    for token in (issuer.token(key=other), unsigned, hmac, f"{head}.{body}.", "a.b.c", "..", "x" * 9_000 + ".a.b"):
        with pytest.raises(AuthenticationError):
            await tokens.account(token, 1)


async def test_a_request_with_such_a_token_acts_for_whom_it_stands(issuer: Issuer, tmp_path: Path) -> None:
    given = {"data_dir": tmp_path / "data", "oidc_issuer": issuer.url, "oidc_audience": AUDIENCE}
    async with running(Settings.model_validate(given)) as ctx:
        for header in ("Authorization", "X-Esri-Authorization"):
            request = make_mocked_request("GET", "/", headers={header: f"Bearer {issuer.token()}"})
            who = await ctx.who(request)
            assert (who.name, who.role) == ("ann", Role.VIEWER)
        with pytest.raises(AuthenticationError):
            await ctx.who(make_mocked_request("GET", "/", headers={"Authorization": "Bearer a.b.c"}))


async def test_an_issuer_may_change_its_keys(issuer: Issuer, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = _tokens(issuer, store)
    old = issuer.token()
    await tokens.account(old, 1)
    issuer.turn()
    with pytest.raises(AuthenticationError):
        await tokens.account(issuer.token(), 1)
    assert issuer.fetched == 1, "within a minute nobody makes us ask again"
    monkeypatch.setattr(oidc, "_AGAIN_SECONDS", -1.0)
    assert (await tokens.account(issuer.token(), 1)).name == "ann"
    with pytest.raises(AuthenticationError):
        await tokens.account(old, 1)


async def test_a_name_that_logs_in_here_is_not_taken_over(issuer: Issuer, store: Store) -> None:
    tokens = _tokens(issuer, store)
    for name in ("root", "ROOT"):
        with pytest.raises(Forbidden, match="logs in here"):
            await tokens.account(issuer.token(preferred_username=name), 1)


@pytest.mark.parametrize("name", [None, "", "a b", 5, ["ann"], "x" * 129, "a\r\nb"])
async def test_a_name_that_cannot_be_kept_is_refused(issuer: Issuer, store: Store, name: Any) -> None:
    with pytest.raises(Forbidden):
        await _tokens(issuer, store).account(issuer.token(preferred_username=name), 1)


async def test_a_name_the_issuer_gives_to_somebody_else_does_not_open_the_account(issuer: Issuer, store: Store) -> None:
    tokens = _tokens(issuer, store)
    first = await tokens.account(issuer.token(), 1)
    assert first.subject == "u1"
    with pytest.raises(Forbidden, match="somebody else"):
        await tokens.account(issuer.token(sub="u2"), 1)
    set_disabled(store, "ann", False, now=1)
    with pytest.raises(Forbidden):
        await tokens.account(issuer.token(sub="u2"), 1)
    set_disabled(store, "ann", False, now=1, anew=True)
    assert (await tokens.account(issuer.token(sub="u2"), 1)).subject == "u2"
    with pytest.raises(Forbidden):
        await tokens.account(issuer.token(), 1)


@pytest.mark.parametrize("sub", [None, "", 5, "x" * 256])
async def test_a_token_says_for_good_whose_it_is(issuer: Issuer, store: Store, sub: Any) -> None:
    with pytest.raises((AuthenticationError, Forbidden)):
        await _tokens(issuer, store).account(issuer.token(sub=sub), 1)


async def test_an_issuer_that_was_not_there_is_not_waited_for_again_at_once(issuer: Issuer, store: Store) -> None:
    good, name = issuer.token(), issuer.url
    issuer.named = "https://another.example"
    tokens = _tokens(issuer, store)
    with pytest.raises(Unavailable):
        await tokens.account(good, 1)
    issuer.named = name
    with pytest.raises(Unavailable):
        await tokens.account(good, 1)
    assert issuer.fetched == 0


async def test_keys_are_not_fetched_where_anyone_could_answer(issuer: Issuer, store: Store) -> None:
    issuer.keys_at = "http://keys.example/keys"
    with pytest.raises(Unavailable):
        await _tokens(issuer, store).account(issuer.token(), 1)
    assert issuer.fetched == 0


async def test_roles_are_the_issuers_where_it_is_asked_for_them(issuer: Issuer, store: Store) -> None:
    tokens = _tokens(issuer, store, oidc_role_claim="roles")
    for given, role in (
        (["contributor", "x"], Role.CONTRIBUTOR),
        ("administrator", Role.ADMINISTRATOR),
        (None, Role.VIEWER),
        ([5, None], Role.VIEWER),
    ):
        assert (await tokens.account(issuer.token(roles=given), 1)).role is role
    kept = _tokens(issuer, store, oidc_first_role="contributor")
    assert (
        await kept.account(issuer.token(roles=["administrator"], preferred_username="bob"), 1)
    ).role is Role.CONTRIBUTOR


async def test_who_is_disabled_here_stays_out(issuer: Issuer, store: Store) -> None:
    tokens = _tokens(issuer, store)
    await tokens.account(issuer.token(), 1)
    set_disabled(store, "ann", True, now=1)
    with pytest.raises(AuthenticationError):
        await tokens.account(issuer.token(), 1)


async def test_an_issuer_that_cannot_be_asked_is_told(issuer: Issuer, store: Store) -> None:
    good = issuer.token()
    issuer.named = "https://another.example"
    with pytest.raises(Unavailable, match="try again"):
        await _tokens(issuer, store).account(good, 1)
    elsewhere = _tokens(issuer, store, oidc_keys="http://127.0.0.1:9/keys")
    with pytest.raises(Unavailable):
        await elsewhere.account(good, 1)


@pytest.mark.parametrize(
    "given",
    [
        {"oidc_issuer": "https://a.example"},
        {"oidc_issuer": "http://a.example", "oidc_audience": "x"},
        {"oidc_issuer": "https://a.example", "oidc_audience": "x", "oidc_keys": "http://a.example/keys"},
    ],
)
def test_an_issuer_that_could_not_be_believed_is_refused_at_start(given: dict[str, str]) -> None:
    with pytest.raises(KgsyncError) as refused:
        issuer_of(Settings.model_validate(given))
    assert isinstance(refused.value, MalformedInput)


def test_without_an_issuer_there_is_none() -> None:
    assert issuer_of(Settings.model_validate({})) is None
    assert looks_outside("a.b.c")
    assert not looks_outside("a.b")
