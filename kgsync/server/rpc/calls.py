"""What a method is handed: the bytes of its call, and who it acts for."""

from __future__ import annotations

from kgsync.errors import Cancelled
from kgsync.model.people import Principal


class Called:
    """One call, let in; `given_up` once nobody waits for its answer any more."""

    def __init__(self, data: bytes, who: Principal, idempotency_key: str | None) -> None:
        self.data, self.who, self.idempotency_key = data, who, idempotency_key
        self.given_up = False

    def progress(self, percent: int) -> None:
        """Let work go on for as long as somebody waits for it. Raises Cancelled."""
        if self.given_up:
            raise Cancelled("The call was given up")
