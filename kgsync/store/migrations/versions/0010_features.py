"""What feature services need to know of replicas and versions: who ended an object, what was stored as it was sent

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("object", "history"):
        op.add_column(table, sa.Column("verbatim", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("history", sa.Column("ender", ID))
    op.add_column("layer", sa.Column("attachments", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "attachment",
        sa.Column("svc", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.add_column("replica", sa.Column("face", sa.Text()))
