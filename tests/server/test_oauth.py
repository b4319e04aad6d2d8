"""The rules of the browser sign-in: where it leads, what its hidden field remembers, who may change a code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kgsync.errors import MalformedInput
from kgsync.server.security.keys import Signer
from kgsync.server.security.oauth import (
    STATE_MS,
    Asked,
    answer_url,
    proves,
    read_asked,
    read_state,
    redirect_allowed,
    write_state,
)

SIGNER = Signer(b"key")
ASKED = Asked(response="token", client="app", redirect="https://a/b", state="s&t", minutes=5)
OWN = "http://graphs.example:8080"
LISTED = ("https://maps.example/app", "https://one.example/callback")


@pytest.mark.parametrize(
    "redirect",
    [
        "https://graphs.example:8080",  # deployed clients name the server itself, always as https
        "http://graphs.example:8080/x",
        "http://127.0.0.1:53211/done",
        "http://localhost/done",
        "https://maps.example/app",
        "https://maps.example/app/oauth",
        "https://one.example/callback",
        "urn:ietf:wg:oauth:2.0:oob",
    ],
)
def test_a_sign_in_leads_here_to_this_machine_or_where_the_operator_said(redirect: str) -> None:
    assert redirect_allowed(redirect, OWN, LISTED)


@pytest.mark.parametrize(
    "redirect",
    [
        "",
        "https://evil.example/",
        "https://graphs.example/",
        "https://graphs.example:8080@evil.example/",
        "https://maps.example/apps",
        "https://maps.example/app/../evil",
        "https://maps.example/app/%2e%2E/evil",
        "https://maps.example/",
        "https://maps.example.evil.example/app",
        "http://maps.example/app",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https:///x",
        "https://127.0.0.1.evil.example/",
        "https://[::1",
        "https://graphs.example:99999/",
        "http://localhost/\r\nX: y",
        "http://localhost/ü",
        "http://localhost/#fragment",
        "http://user:word@localhost/",
        "http://localhost\\@evil.example/",
    ],
)
def test_a_sign_in_leads_nowhere_else(redirect: str) -> None:
    assert not redirect_allowed(redirect, OWN, LISTED)


def test_the_hidden_field_remembers_what_was_asked_for_ten_minutes() -> None:
    text = write_state(SIGNER, ASKED, 1_000)
    assert read_state(SIGNER, text, 1_000 + STATE_MS) == ASKED
    assert read_state(SIGNER, text, 1_001 + STATE_MS) is None
    assert read_state(SIGNER, text, 999) is None
    assert write_state(SIGNER, ASKED, 1_000) != text, "two pages are two"


@pytest.mark.parametrize("text", ["", ".", "x.y", "é.é", "a" * 9_000])
def test_a_hidden_field_made_up_is_not_believed(text: str) -> None:
    assert read_state(SIGNER, text, 1_000) is None
    assert read_state(Signer(b"other"), write_state(SIGNER, ASKED, 1_000), 1_000) is None


def test_a_token_goes_into_the_fragment_and_a_code_into_the_query() -> None:
    assert answer_url(ASKED, {"access_token": "x"}) == "https://a/b#access_token=x&state=s%26t"
    assert answer_url(replace(ASKED, response="code"), {"code": "x"}) == "https://a/b?code=x&state=s%26t"
    with_query = replace(ASKED, response="code", redirect="https://a/b?c=d", state="")
    assert answer_url(with_query, {"code": "x"}) == "https://a/b?c=d&code=x"


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"response_type": "id_token"}, "response_type"),
        ({"client_id": ""}, "client_id"),
        ({"state": "x" * 2_001}, "state"),
        ({"code_challenge": "short"}, "code_challenge"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "md5"}, "code_challenge"),
    ],
)
def test_a_request_that_means_nothing_says_where(given: dict[str, str], place: str) -> None:
    whole = {"response_type": "code", "client_id": "app", "redirect_uri": "https://a/b", **given}
    with pytest.raises(MalformedInput) as refused:
        read_asked(whole, 5)
    assert refused.value.place == place


def test_who_brings_a_code_proves_to_be_who_began() -> None:
    # The pair of RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert proves(challenge, "S256", verifier)
    assert not proves(challenge, "S256", verifier[:-1] + "l")
    assert not proves(challenge, "S256", "")
    assert not proves(challenge, "plain", verifier)
    assert proves(verifier, "plain", verifier)
    assert proves("", "", "")
