"""A host with Alembic: its folder of revisions beside ours, and its own metadata with a foreign key to our tables."""

import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import alembic
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from crmcore.storage.interface import Kind
from crmcore.storage.sqlalchemy.tables import define_tables

OURS = "crmcore.storage.sqlalchemy:migrations/versions"

INI = """[alembic]
script_location = {folder}
path_separator = newline
version_locations =
    {folder}/versions
    {ours}
"""

ENV = """
from alembic import context

attributes, options = context.config.attributes, context.config.attributes["options"]
if context.is_offline_mode():
    context.configure(dialect_name=attributes["dialect"], literal_binds=True, **options)
    with context.begin_transaction():
        context.run_migrations()
else:
    with attributes["engine"].connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
"""


def host_metadata(prefix: str = "crm_", schema: str | None = None, kinds: Sequence[Kind] | None = None) -> sa.MetaData:
    """What a host declares: crmcore's tables, and invoices that belong to customers."""
    metadata = sa.MetaData()
    customer = define_tables(metadata, prefix=prefix, schema=schema, kinds=kinds).kinds["customer"]
    sa.Table(
        "invoice",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("space", customer.c.space.type, nullable=False),
        sa.Column("customer_id", customer.c.id.type, nullable=False),
        sa.ForeignKeyConstraint(
            ["space", "customer_id"], [customer.c.space, customer.c.id], name="fk_invoice_customer"
        ),
    )
    return metadata


class Host:
    """A folder with ``env.py`` and revisions, and the commands that a person would type."""

    def __init__(self, folder: Path, engine: sa.Engine, metadata: sa.MetaData | None, **options: object) -> None:
        (folder / "versions").mkdir(parents=True)
        shutil.copy(Path(alembic.__file__).parent / "templates/generic/script.py.mako", folder)
        (folder / "env.py").write_text(ENV, encoding="utf-8")
        (folder / "alembic.ini").write_text(INI.format(folder=folder, ours=OURS), encoding="utf-8")
        self.folder = folder
        self.engine = engine
        self.printed = io.StringIO()
        self.options: dict[str, object] = {"target_metadata": metadata, **options}

    def _config(self) -> Config:
        config = Config(self.folder / "alembic.ini", stdout=self.printed, output_buffer=self.printed)
        attributes = {"engine": self.engine, "options": self.options, "dialect": self.engine.dialect.name}
        config.attributes.update(attributes)
        return config

    def upgrade(self, revision: str = "heads", *, sql: bool = False) -> None:
        """Run ``alembic upgrade``."""
        command.upgrade(self._config(), revision, sql=sql)

    def downgrade(self, revision: str, *, sql: bool = False) -> None:
        """Run ``alembic downgrade``."""
        command.downgrade(self._config(), revision, sql=sql)

    def stamp(self, revision: str) -> None:
        """Run ``alembic stamp``."""
        command.stamp(self._config(), revision)

    def check(self) -> None:
        """Run ``alembic check``, which raises if a revision is wanting."""
        command.check(self._config())

    def heads(self) -> str:
        """What ``alembic heads`` prints."""
        self.printed.truncate(self.printed.seek(0))
        command.heads(self._config())
        return self.printed.getvalue()

    def first_revision(self) -> Path:
        """Run ``alembic revision --autogenerate`` for a branch of the host's own, which depends on crmcore's."""
        return self._revision(head="base", branch_label="app", depends_on="crmcore@head", rev_id="app_1")

    def next_revision(self, rev_id: str, **options: Any) -> Path:
        """Run ``alembic revision --autogenerate`` for the next revision of that branch."""
        return self._revision(head="app@head", rev_id=rev_id, **options)

    def _revision(self, **options: Any) -> Path:
        config = self._config()
        command.revision(config, "made here", autogenerate=True, version_path=str(self.folder / "versions"), **options)
        return self.folder / "versions" / f"{options['rev_id']}_made_here.py"
