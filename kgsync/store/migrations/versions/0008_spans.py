"""What an archive covers, so that it can be given again

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("archive", sa.Column("after", sa.BigInteger(), nullable=False, server_default="-1"))
    op.add_column("archive", sa.Column("upto", sa.BigInteger(), nullable=False, server_default="-1"))
