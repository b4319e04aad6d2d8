"""What of a request's outside is believed."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from kgsync.errors import MalformedInput
from kgsync.server.http.edge import Edge, host_of
from kgsync.server.settings import Settings

PROXY = "10.1.2.3"


def _edge(**given: object) -> Edge:
    return Edge(Settings.model_validate({"trusted_proxies": "10.0.0.0/8 ::1/128", **given}))


class _Transport:
    """Where aiohttp finds the two ends of a connection."""

    def __init__(self, peer: str) -> None:
        self._facts = {"peername": (peer, 5000), "sockname": ("192.0.2.9", 8080), "sslcontext": None}

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self._facts.get(name, default)

    def is_closing(self) -> bool:
        return False


def _request(peer: str = "198.51.100.7", **headers: str) -> web.Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", "/", headers=named, transport=_Transport(peer))


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "graphs.example:443"])
def test_a_host_that_is_listed_or_this_machine_is_repeated(host: str) -> None:
    assert _edge(allowed_hosts="graphs.example").base_url(_request(Host=host)) == f"http://{host}"


@pytest.mark.parametrize(
    "host", ["evil.example", "graphs.example.evil", "", "localhost/x", "localhost@evil.example", "a b", "[::1", "\x7f"]
)
def test_any_other_host_is_answered_with_the_socket_it_came_by(host: str) -> None:
    assert _edge(allowed_hosts="graphs.example").base_url(_request(Host=host)) == "http://192.0.2.9:8080"


def test_the_address_the_operator_says_wins() -> None:
    edge = _edge(public_url="https://graphs.example/kg/")
    assert edge.base_url(_request(Host="evil.example")) == "https://graphs.example/kg"


def test_headers_of_a_proxy_count_only_from_a_listed_one() -> None:
    headers = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "graphs.example", "X_Forwarded_For": "203.0.113.5"}
    edge = _edge(allowed_hosts="graphs.example")
    assert edge.base_url(_request(PROXY, Host="inner", **headers)) == "https://graphs.example"
    assert edge.address(_request(PROXY, **headers)) == "203.0.113.5"
    assert edge.base_url(_request(Host="localhost", **headers)) == "http://localhost"
    assert edge.address(_request(**headers)) == "198.51.100.7"
    assert _edge(trusted_proxies="").address(_request(PROXY, **headers)) == PROXY


@pytest.mark.parametrize(
    ("hops", "address"),
    [
        ("1.2.3.4, 203.0.113.5", "203.0.113.5"),  # what a caller put before is theirs
        ("203.0.113.5, 10.9.9.9", "203.0.113.5"),
        ("10.9.9.9", "10.9.9.9"),
        ("", PROXY),
        ("nonsense", "nonsense"),
    ],
)
def test_of_several_hops_the_last_that_no_proxy_made_counts(hops: str, address: str) -> None:
    assert _edge().address(_request(PROXY, X_Forwarded_For=hops)) == address


def test_a_network_that_is_none_is_told() -> None:
    with pytest.raises(MalformedInput, match="KGSYNC_TRUSTED_PROXIES"):
        _edge(trusted_proxies="10.0.0.0/99")


def test_pages_of_any_origin_may_read_without_credentials_until_narrowed() -> None:
    told = _edge().cors(_request(Origin="https://a.example"))
    assert told["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in told
    assert "x-esri-authorization" in told["Access-Control-Allow-Headers"]
    narrow = _edge(cors_origins="https://a.example https://b.example/")
    for origin in ("https://a.example", "https://b.example"):
        told = narrow.cors(_request(Origin=origin))
        assert (told["Access-Control-Allow-Origin"], told["Vary"]) == (origin, "Origin")
    for origin in ("https://evil.example", "https://a.example.evil", "null"):
        assert narrow.cors(_request(Origin=origin)) == {"Vary": "Origin"}
    assert _edge(cors_origins="").cors(_request(Origin="https://a.example")) == {"Vary": "Origin"}


@pytest.mark.parametrize(("text", "host"), [("a:1", "a"), ("A", "a"), ("[::1]:8", "::1"), ("", ""), (":1", "")])
def test_a_port_is_no_part_of_a_host(text: str, host: str) -> None:
    assert host_of(text) == host
