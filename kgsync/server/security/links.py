"""Links to archives: an unguessable name and a signature bound to the replica and the user it was made for.

The row of the archive ends the link: it expires, and leaves with its replica.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from kgsync.errors import NotFound
from kgsync.server.security.keys import Signer

_LINK = re.compile(r"(\w{1,64})(?:\.([\w-]{22}))?\.(zip|json|gpkg)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What the last segment of an archive's address says; without a signature the caller needs a token."""

    name: str
    signature: str = ""


def link_text(signer: Signer, name: str, replica: UUID, account: str) -> str:
    """Write the last segment of a link; a name without a suffix is that of a zip."""
    stem, _, suffix = name.partition(".")
    return f"{stem}.{signer.sign(name, str(replica), account)}.{suffix or 'zip'}"


def read_link(text: str) -> Link | None:
    """Read what `link_text` wrote; None for anything else."""
    found = _LINK.fullmatch(text)
    if found is None:
        return None
    name = found[1] if found[3] == "zip" else f"{found[1]}.{found[3]}"
    return Link(name=name, signature=found[2] or "")


def gone() -> NotFound:
    """Make the one answer for archives unknown, expired, revoked or somebody else's."""
    return NotFound("This archive does not exist or has expired; synchronize again for a new one")
