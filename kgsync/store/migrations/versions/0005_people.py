"""People: roles, bound and refreshed tokens, signing keys, back-off, sharing

Revision ID: 0005
Revises: 0004
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _roles() -> None:
    op.add_column("account", sa.Column("role", sa.String(20), nullable=False, server_default="contributor"))
    for name in ("disabled", "outside"):
        op.add_column("account", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE account SET role = 'administrator' WHERE administrator")
    op.drop_column("account", "administrator")
    op.add_column("account", sa.Column("since", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("account", sa.Column("key", sa.String(600), nullable=False, server_default=""))
    account = sa.table("account", sa.column("name"), sa.column("key"))
    connection = op.get_bind()
    for name in connection.execute(sa.select(account.c.name)).scalars().all():
        connection.execute(sa.update(account).where(account.c.name == name).values(key=name.casefold()))
    op.create_index("ix_account_key", "account", ["key"], unique=True)


def _tokens() -> None:
    texts = {"referer": sa.String(500), "address": sa.String(64), "client": sa.String(200), "facts": sa.Text()}
    op.add_column("token", sa.Column("kind", sa.String(10), nullable=False, server_default="access"))
    op.add_column("token", sa.Column("issued", sa.BigInteger(), nullable=False, server_default="0"))
    for name, kind in texts.items():
        op.add_column("token", sa.Column(name, kind, nullable=False, server_default=""))
    op.create_index("ix_token_account", "token", ["account"])
    op.create_index("ix_token_expires", "token", ["expires"])


def _sharing() -> None:
    """Services were there for everyone signed in; new ones are private until shared."""
    publication = sa.table("publication", sa.column("svc"), sa.column("settings"))
    connection = op.get_bind()
    for svc, settings in connection.execute(sa.select(publication.c.svc, publication.c.settings)).all():
        kept = {**json.loads(settings), "sharing": "organization"}
        connection.execute(
            sa.update(publication).where(publication.c.svc == svc).values(settings=json.dumps(kept))
        )


def upgrade() -> None:
    _roles()
    op.add_column("archive", sa.Column("account", sa.String(128), nullable=False, server_default=""))
    _tokens()
    _sharing()
    op.create_table(
        "secret",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "attempt",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
    )
