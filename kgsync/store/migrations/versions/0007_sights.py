"""What a replica could see when, and what an outside issuer calls somebody

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("replica", sa.Column("sights", sa.Text(), nullable=False, server_default="[[0,null]]"))
    op.add_column("account", sa.Column("subject", sa.String(300), nullable=False, server_default=""))
