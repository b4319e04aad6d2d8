"""What a method is handed: the bytes of its call, and who it acts for."""

from __future__ import annotations

from kgsync.model.people import Principal


class Called:
    """One call, let in."""

    def __init__(self, data: bytes, who: Principal, idempotency_key: str | None) -> None:
        self.data, self.who, self.idempotency_key = data, who, idempotency_key
