"""The schema, once for both backends. Service id first in every key (house.md, scale).

`object` is the present, `history` the versions that were closed, clustered by the Moment that closed
them: one range scan gives the state at `after` of everything touched since.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine


class Id(TypeDecorator[UUID]):
    """A uuid: the native type where there is one, else 16 bytes."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(PG_UUID(as_uuid=True))
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return UUID(bytes=value) if isinstance(value, bytes) else value


# JSON that predicates look into; as text where the database has no type for it.
Json = Text().with_variant(JSONB(), "postgresql")

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)

# The hot row of every commit: clock, trim floor, restore epoch. Nothing else lives here.
service = Table(
    "service",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=True),
    Column("clock", BigInteger, nullable=False),
    Column("floor", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    postgresql_with={"fillfactor": 50},
)

# Restores of a backup: Moments in (backup, epoch] were given by a server whose later history is lost.
restore = Table(
    "restore",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("backup", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),  # wall clock ms
)

publication = Table(
    "publication",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("folder", String(128), nullable=False),
    Column("name", String(128), nullable=False),
    Column("key", String(1000), nullable=False, unique=True),  # folder/name, case folded
    Column("owner", String(128), nullable=False),
    Column("item", String(32), nullable=False, unique=True),
    Column("settings", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
)

# The numbers by which feature services show named types; a service without any is no feature service.
layer = Table(
    "layer",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("type", Integer, nullable=False),
    Column("attachments", Boolean, nullable=False, server_default=false()),
)

# The bytes of attachments, by what they are: rows name them by their digest, and stay small.
attachment = Table(
    "attachment",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

data_model = Table(
    "data_model",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("moment", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)


def _body() -> list[Column[Any]]:
    """Make the columns a version has, present or closed."""
    return [
        Column("type", Integer, nullable=False),
        Column("origin", Id),
        Column("dest", Id),
        Column("otype", Integer),
        Column("dtype", Integer),
        Column("schema", Integer, nullable=False),
        Column("props", Json, nullable=False),
        Column("row", LargeBinary, nullable=False),
        Column("minx", Double),
        Column("miny", Double),
        Column("maxx", Double),
        Column("maxy", Double),
        Column("brought", Id),
        # A 62-bit hash of `row`: its halves add up to a replica's digest without reading any row.
        Column("hash", BigInteger, nullable=False, server_default="0"),
        # Whether what `brought` it sent is what is stored, to the last digit.
        Column("verbatim", Boolean, nullable=False, server_default=false()),
    ]


object_ = Table(
    "object",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("id", Id, primary_key=True),
    Column("changed", BigInteger, nullable=False),
    *_body(),
)
Index("ix_object_changed", object_.c.svc, object_.c.changed)
Index("ix_object_type", object_.c.svc, object_.c.type)
# The first cut of spatial predicates.
Index(
    "ix_object_envelope",
    *(object_.c[name] for name in ("svc", "type", "minx", "maxx", "miny", "maxy")),
    sqlite_where=object_.c.minx.is_not(None),
    postgresql_where=object_.c.minx.is_not(None),
)
# By origin both ends are known without the row: most relationships of few members lead to others.
for _end, _columns in {"origin": ("origin", "dest"), "dest": ("dest",)}.items():
    Index(
        f"ix_object_{_end}",
        object_.c.svc,
        *(object_.c[_column] for _column in _columns),
        sqlite_where=object_.c[_end].is_not(None),
        postgresql_where=object_.c[_end].is_not(None),
    )

history = Table(
    "history",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("closed", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Id, primary_key=True),
    Column("since", BigInteger, nullable=False),
    # Whether the object ended with this version: nothing of it lives on.
    Column("ended", Boolean, nullable=False, server_default=false()),
    Column("ender", Id),  # the replica that ended it
    *_body(),
    sqlite_with_rowid=False,
)
# The version of one object at a Moment, however often it changed since.
Index("ix_history_id", history.c.svc, history.c.id, history.c.closed)
Index(
    "ix_history_ended",
    history.c.svc,
    history.c.ended,
    history.c.closed,
    sqlite_where=history.c.ended.is_(True),
    postgresql_where=history.c.ended.is_(True),
)

# Names of body columns, in order: closing a version copies exactly these.
BODY = tuple(column.name for column in _body())

counter = Table(
    "counter",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

replica = Table(
    "replica",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("id", Id, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("name", String(160), nullable=False),
    Column("name_key", String(500), nullable=False),
    Column("requested_name", String(160), nullable=False),
    Column("owner", String(128), nullable=False),
    Column("direction", Integer, nullable=False),
    Column("definition", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("served", BigInteger, nullable=False),
    Column("presented", BigInteger, nullable=False),
    Column("last_contact", BigInteger, nullable=False),
    Column("sights", Text, nullable=False, server_default="[[0,null]]"),
    Column("face", Text),  # of replicas of feature services
    UniqueConstraint("svc", "name_key"),
)

# The once-ledger (law 5): one outcome, found by each of its keys.
upload = Table(
    "upload",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("replica", Id, primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("body_key", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("outcome", LargeBinary, nullable=False),
)
Index("ix_upload_number", upload.c.svc, upload.c.replica, upload.c.number)

# Changes that an upload with an older base overwrote. The overwritten row is kept here, for a trim
# may take it from history.
conflict = Table(
    "conflict",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("object", Id, nullable=False),
    Column("operation", String(10), nullable=False),
    Column("moment", BigInteger, nullable=False),
    Column("base", BigInteger, nullable=False),
    Column("replica", Id, nullable=False),
    Column("account", String(128), nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("type", Integer, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("row", LargeBinary, nullable=False),
    Column("origin", Id),
    Column("dest", Id),
    Column("restored", BigInteger),
)

# What a replica held at a Moment it was served: member count and the sums of both halves of their hashes.
digest = Table(
    "digest",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("replica", Id, primary_key=True),
    Column("moment", BigInteger, primary_key=True, autoincrement=False),
    Column("model", Integer, nullable=False),  # the data-model version whose rows were hashed
    Column("members", BigInteger, nullable=False),
    Column("low", BigInteger, nullable=False),
    Column("high", BigInteger, nullable=False),
)

job = Table(
    "job",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("svc", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("owner", String(128), nullable=False),
    Column("state", String(20), nullable=False),
    Column("progress", Integer, nullable=False),
    Column("request", Text, nullable=False),
    Column("result", Text),
    Column("error", Text),
    Column("submitted", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("runner", String(40), nullable=False),
    Column("lease", BigInteger, nullable=False),
)
Index("ix_job_state", job.c.state, job.c.lease)

item = Table(
    "item",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("title", String(256), nullable=False),
    Column("type", String(128), nullable=False),
    Column("file_name", String(256), nullable=False),
    Column("ready", Boolean, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created", BigInteger, nullable=False),
)

archive = Table(
    "archive",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("svc", Integer, nullable=False),
    Column("replica", Id, nullable=False),
    Column("account", String(128), nullable=False, server_default=""),
    Column("size", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("after", BigInteger, nullable=False, server_default="-1"),
    Column("upto", BigInteger, nullable=False, server_default="-1"),
)
Index("ix_archive_replica", archive.c.svc, archive.c.replica)

account = Table(
    "account",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("key", String(600), nullable=False),  # the name, case folded
    Column("password", String(256), nullable=False),  # argon2id; empty for who logs in elsewhere
    Column("role", String(20), nullable=False),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("outside", Boolean, nullable=False, server_default=false()),
    Column("subject", String(300), nullable=False, server_default=""),
    Column("created", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False, server_default="0"),  # no token from before is good
)
Index("ix_account_key", account.c.key, unique=True)

# What opens the server to somebody, by digest: who reads the database cannot log in.
token = Table(
    "token",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("account", String(128), nullable=False),
    Column("kind", String(10), nullable=False, server_default="access"),
    Column("expires", BigInteger, nullable=False),
    Column("issued", BigInteger, nullable=False, server_default="0"),
    Column("referer", String(500), nullable=False, server_default=""),
    Column("address", String(64), nullable=False, server_default=""),
    Column("client", String(200), nullable=False, server_default=""),
    Column("facts", Text, nullable=False, server_default=""),
)
Index("ix_token_account", token.c.account)
Index("ix_token_expires", token.c.expires)

# Keys the server signs with, made at first start; shared by every process over one database.
secret = Table(
    "secret",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("created", BigInteger, nullable=False),
)

# Log-ins that failed, by user and by address; both back off.
attempt = Table(
    "attempt",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", BigInteger, nullable=False),
)

# Appended to and never changed: triggers of migration 0006 refuse it. Service id 0 is the server's own chain.
audit = Table(
    "audit",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("account", String(128), nullable=False),
    Column("address", String(64), nullable=False),
    Column("action", String(40), nullable=False),
    Column("replica", Id),
    Column("facts", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("svc", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)
