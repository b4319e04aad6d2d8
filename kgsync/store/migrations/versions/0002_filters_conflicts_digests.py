"""Filters, conflicts and digests: how histories end, envelopes, hashes of rows

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from kgsync.model.digest import row_hash

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PAGE = 1_000


def upgrade() -> None:
    for table in ("object", "history"):
        op.add_column(table, sa.Column("hash", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("history", sa.Column("ended", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "conflict",
        sa.Column("svc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object", ID, nullable=False),
        sa.Column("operation", sa.String(length=10), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("replica", ID, nullable=False),
        sa.Column("account", sa.String(length=128), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("row", sa.LargeBinary(), nullable=False),
        sa.Column("origin", ID, nullable=True),
        sa.Column("dest", ID, nullable=True),
        sa.Column("restored", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("svc", "number"),
    )
    op.create_table(
        "digest",
        sa.Column("svc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("replica", ID, nullable=False),
        sa.Column("moment", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model", sa.Integer(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("svc", "replica", "moment"),
    )
    _hash_rows("object", ("svc", "id"))
    _hash_rows("history", ("svc", "closed", "id"))
    _mark_ends()
    op.create_index(
        "ix_object_envelope",
        "object",
        ["svc", "type", "minx", "maxx", "miny", "maxy"],
        unique=False,
        sqlite_where=sa.text("minx IS NOT NULL"),
        postgresql_where=sa.text("minx IS NOT NULL"),
    )
    op.create_index("ix_history_id", "history", ["svc", "id", "closed"], unique=False)
    op.create_index(
        "ix_history_ended",
        "history",
        ["svc", "ended", "closed"],
        unique=False,
        sqlite_where=sa.text("ended IS 1"),
        postgresql_where=sa.text("ended IS true"),
    )


def _hash_rows(name: str, key: tuple[str, ...]) -> None:
    """Hash the rows there are, page by page in the order of the key."""
    connection = op.get_bind()
    table = sa.table(name, *(sa.column(c) for c in (*key, "row", "hash")))
    columns = [table.c[c] for c in key]
    change = (
        table.update()
        .where(*(c == sa.bindparam(f"key_{c.name}") for c in columns))
        .values(hash=sa.bindparam("new_hash"))
    )
    beyond = None
    while True:
        page = sa.select(*columns, table.c.row).order_by(*columns).limit(_PAGE)
        if beyond is not None:
            page = page.where(sa.tuple_(*columns) > sa.tuple_(*(sa.literal(v) for v in beyond)))
        rows = connection.execute(page).all()
        if not rows:
            return
        beyond = tuple(rows[-1][:-1])
        connection.execute(
            change,
            [{"new_hash": row_hash(bytes(r[-1])), **{f"key_{c.name}": r[k] for k, c in enumerate(columns)}} for r in rows],
        )


def _mark_ends() -> None:
    """Mark versions that nothing follows: neither a live one nor a closed one that began when they ended."""
    op.execute(
        "UPDATE history SET ended = "
        "NOT EXISTS (SELECT 1 FROM object o WHERE o.svc = history.svc AND o.id = history.id AND o.changed = history.closed) "
        "AND NOT EXISTS (SELECT 1 FROM history h WHERE h.svc = history.svc AND h.id = history.id "
        "AND h.since = history.closed)"
    )
