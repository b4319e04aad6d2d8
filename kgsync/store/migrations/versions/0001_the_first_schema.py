"""The first schema

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=False),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "archive",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("svc", sa.Integer(), nullable=False),
        sa.Column("replica", ID, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_archive_replica", "archive", ["svc", "replica"], unique=False)
    op.create_table(
        "counter",
        sa.Column("svc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("svc", "name"),
    )
    op.create_table(
        "data_model",
        sa.Column("svc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("svc", "version"),
    )
    op.create_table(
        "history",
        sa.Column("svc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("closed", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("origin", ID, nullable=True),
        sa.Column("dest", ID, nullable=True),
        sa.Column("otype", sa.Integer(), nullable=True),
        sa.Column("dtype", sa.Integer(), nullable=True),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("props", JSON, nullable=False),
        sa.Column("row", sa.LargeBinary(), nullable=False),
        sa.Column("minx", sa.Double(), nullable=True),
        sa.Column("miny", sa.Double(), nullable=True),
        sa.Column("maxx", sa.Double(), nullable=True),
        sa.Column("maxy", sa.Double(), nullable=True),
        sa.Column("brought", ID, nullable=True),
        sa.PrimaryKeyConstraint("svc", "closed", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "item",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("type", sa.String(length=128), nullable=False),
        sa.Column("file_name", sa.String(length=256), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("svc", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("submitted", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("runner", sa.String(length=40), nullable=False),
        sa.Column("lease", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_job_state", "job", ["state", "lease"], unique=False)
    op.create_table(
        "object",
        sa.Column("svc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("origin", ID, nullable=True),
        sa.Column("dest", ID, nullable=True),
        sa.Column("otype", sa.Integer(), nullable=True),
        sa.Column("dtype", sa.Integer(), nullable=True),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("props", JSON, nullable=False),
        sa.Column("row", sa.LargeBinary(), nullable=False),
        sa.Column("minx", sa.Double(), nullable=True),
        sa.Column("miny", sa.Double(), nullable=True),
        sa.Column("maxx", sa.Double(), nullable=True),
        sa.Column("maxy", sa.Double(), nullable=True),
        sa.Column("brought", ID, nullable=True),
        sa.PrimaryKeyConstraint("svc", "id"),
    )
    op.create_index("ix_object_changed", "object", ["svc", "changed"], unique=False)
    op.create_index(
        "ix_object_dest",
        "object",
        ["svc", "dest"],
        unique=False,
        sqlite_where=sa.text("dest IS NOT NULL"),
        postgresql_where=sa.text("dest IS NOT NULL"),
    )
    op.create_index(
        "ix_object_origin",
        "object",
        ["svc", "origin"],
        unique=False,
        sqlite_where=sa.text("origin IS NOT NULL"),
        postgresql_where=sa.text("origin IS NOT NULL"),
    )
    op.create_index("ix_object_type", "object", ["svc", "type"], unique=False)
    op.create_table(
        "publication",
        sa.Column("svc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("folder", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=1000), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("svc"),
        sa.UniqueConstraint("item", name=op.f("uq_publication_item")),
        sa.UniqueConstraint("key", name=op.f("uq_publication_key")),
    )
    op.create_table(
        "replica",
        sa.Column("svc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("name_key", sa.String(length=500), nullable=False),
        sa.Column("requested_name", sa.String(length=160), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("direction", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("served", sa.BigInteger(), nullable=False),
        sa.Column("presented", sa.BigInteger(), nullable=False),
        sa.Column("last_contact", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("svc", "id"),
        sa.UniqueConstraint("svc", "name_key", name=op.f("uq_replica_svc_name_key")),
    )
    op.create_table(
        "service",
        sa.Column("svc", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("clock", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("svc"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "token",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=128), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "upload",
        sa.Column("svc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("replica", ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("body_key", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("svc", "replica", "key"),
    )
    op.create_index("ix_upload_number", "upload", ["svc", "replica", "number"], unique=False)
