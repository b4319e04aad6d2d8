"""Keys the server signs with: made once, kept in the database, one per purpose.

Every process over one database signs alike; who can read the database can sign, which is why tokens and
archives also need their row.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from contextlib import suppress

from kgsync.errors import TakenInStore
from kgsync.store.database import Store

KEY_BYTES = 32
SIGNATURE_BYTES = 16  # 128 bits: a guess a nanosecond for the age of the universe does not find one


def ensure_key(store: Store, purpose: str, now: int) -> bytes:
    """Read the key of a purpose, or make it; two processes at their first start agree on one."""
    with store.people() as people:
        found = people.secret(purpose)
    if found is not None:
        return found
    with suppress(TakenInStore), store.changing_people() as people:
        people.add_secret(purpose, secrets.token_bytes(KEY_BYTES), now)
    with store.people() as people:
        found = people.secret(purpose)
    assert found is not None, "it was just made, here or by another process"
    return found


class Signer:
    """Sign texts for one purpose; signatures are 22 letters a URL can carry."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, *parts: str) -> str:
        """Sign parts in order; no other division of the same letters has this signature."""
        mac = hmac.new(self._key, digestmod=hashlib.sha256)
        for part in parts:
            data = part.encode()
            mac.update(len(data).to_bytes(8, "big") + data)
        return base64.urlsafe_b64encode(mac.digest()[:SIGNATURE_BYTES]).rstrip(b"=").decode()

    def good(self, signature: str, *parts: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.sign(*parts).encode(), signature.encode())


class Signers:
    """The signers of a server, one per purpose so that no signature serves for another."""

    def __init__(self, store: Store, now: int) -> None:
        self.tokens = Signer(ensure_key(store, "tokens", now))
        self.archives = Signer(ensure_key(store, "archives", now))
        self.pages = Signer(ensure_key(store, "pages", now))
