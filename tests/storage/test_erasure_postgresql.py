"""What an erasure leaves in the files of PostgreSQL, and what takes it away (docs/how-to/privacy.md)."""

from pathlib import Path

import psycopg
import pytest

from crmcore import CRM
from crmcore.customers import Register
from tests.customers.privacy import erase
from tests.customers.scene import LI, MANAGER
from tests.servers.postgres import Postgres

NAME = "欧阳小满"


def holding(folder: Path) -> list[Path]:
    """The files below a folder in which the name stands."""
    return [path for path in folder.rglob("*") if path.is_file() and NAME.encode() in path.read_bytes()]


@pytest.mark.rule("A-03")
def test_what_remains_and_what_takes_it_away(postgres: Postgres) -> None:
    """The rows are gone at once, their bytes in tables and indexes with VACUUM FULL; the write-ahead log keeps them."""
    url = postgres.database()
    with CRM.open(url) as crm:
        crm.handle(Register(NAME, "individual", id="C1", phone="13912345678"), actor=LI)
        done = crm.privacy.erase(erase(), actor=MANAGER)
        assert [] == list(crm.verify())
    name = url.partition("@/")[2].partition("?")[0]
    with psycopg.connect(host=str(postgres.root), user="postgres", dbname=name, autocommit=True) as connection:
        found = connection.execute("SELECT count(*) FROM crm_personal WHERE position(%s in body) > 0", [NAME.encode()])
        rows = found.fetchone()
        connection.execute("CHECKPOINT")
        before = holding(postgres.data / "base")
        connection.execute("VACUUM FULL crm_personal, crm_customer")
        connection.execute("CHECKPOINT")
        after = holding(postgres.data / "base")

    assert not done.is_scrubbed
    assert (0,) == rows
    assert before
    assert [] == after
    assert holding(postgres.data / "pg_wal")
