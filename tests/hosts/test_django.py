"""crmcore inside Django's ``atomic`` blocks, on the database of Django's settings."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import django
import pymysql
import pytest
from asgiref.local import Local
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, models, transaction
from sqlalchemy import make_url

from crmcore import CRM, Actor, Invalid, Outcome
from crmcore.contrib.django import close_crm, get_crm, joined, url_of
from crmcore.customers.commands import Command
from crmcore.errors import Unavailable
from tests.customers.scene import LI, MONDAY, register
from tests.hosts.cases import ConflictingHostCases, DeferringHostCases, FreeHostCases, ThreadedHostCases
from tests.hosts.observing import Meddler, Observer

# Django's backend for MariaDB, over the driver that the tests have anyway.
pymysql.install_as_MySQLdb()
settings.configure(
    INSTALLED_APPS=["crmcore.contrib.django"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    USE_TZ=True,
)
django.setup()


class Note(models.Model):  # type: ignore[misc]
    """A row of the host's; ``about`` may be checked at the commit only."""

    text = models.CharField(max_length=10)
    about = models.ForeignKey("self", on_delete=models.CASCADE, null=True, db_constraint=True)

    class Meta:
        """It belongs to no installed app."""

        app_label = "shop"

    def __str__(self) -> str:
        return str(self.text)


@contextmanager
def databases(**told: Any) -> Iterator[None]:
    """Django's databases for a while, by their aliases."""
    before = connections.settings
    connections.settings = connections.configure_settings(told)
    connections._connections = Local()
    try:
        yield
    finally:
        close_crm()
        connections.close_all()
        connections.settings, connections._connections = before, Local()


def database(**told: Any) -> AbstractContextManager[None]:
    """Django's default database for a while."""
    return databases(default=told)


def server_settings(url: str) -> dict[str, Any]:
    """The settings of a database on a server that listens on a socket."""
    parsed = make_url(url)
    backend, socket = ("postgresql", "host") if parsed.drivername.startswith("postgresql") else ("mysql", "unix_socket")
    return {
        "ENGINE": f"django.db.backends.{backend}",
        "NAME": parsed.database,
        "USER": parsed.username,
        "HOST": parsed.query[socket],
    }


class DjangoInside:
    """An open ``atomic`` block."""

    def __init__(self, crm: CRM, forbidden: set[str]) -> None:
        self._crm = crm
        self._forbidden = forbidden

    def note(self, text: str) -> None:
        """Write a row of the host's own."""
        Note.objects.create(text=text, about_id=4711 if text in self._forbidden else None)

    def handle(self, command: Command, *, actor: Actor) -> Outcome:
        """Give a command to the joined CRM."""
        return joined(self._crm).handle(command, actor=actor)

    def ask(self, question: Callable[[CRM], Any]) -> Any:
        """Ask the joined CRM."""
        return question(joined(self._crm))

    def savepoint(self) -> AbstractContextManager[object]:
        """An inner ``atomic`` block."""
        block: AbstractContextManager[object] = transaction.atomic()
        return block


class DjangoHost:
    """A host on Django's default database."""

    def __init__(self) -> None:
        self.observer, self.meddler = Observer(), Meddler()
        self.crm = CRM.open(url_of(), plugins=[self.observer, self.meddler], clock=lambda: MONDAY)
        self._other = CRM.open(url_of(), clock=lambda: MONDAY)
        self._forbidden = set[str]()
        with connection.schema_editor() as editor:
            editor.create_model(Note)

    @contextmanager
    def transaction(self) -> Iterator[DjangoInside]:
        """An ``atomic`` block."""
        with transaction.atomic():
            yield DjangoInside(self.crm, self._forbidden)

    @contextmanager
    def elsewhere(self) -> Iterator[DjangoInside]:
        """The same in a thread: Django gives each a connection of its own."""
        try:
            with self.transaction() as inside:
                yield inside
        finally:
            connection.close()

    def notes(self) -> list[str]:
        """The host's rows."""
        return list(Note.objects.order_by("text").values_list("text", flat=True))

    def forbid(self, text: str) -> None:
        """Refer to a row that is not there, which is checked at the commit."""
        self._forbidden.add(text)

    def other(self) -> CRM:
        """The customers seen from elsewhere."""
        return self._other

    def close(self) -> None:
        """Close both CRMs."""
        self.crm.close()
        self._other.close()


@contextmanager
def on_file(folder: Path, **options: Any) -> Iterator[None]:
    """Django on a SQLite file."""
    with database(ENGINE="django.db.backends.sqlite3", NAME=folder / "site.db", OPTIONS=options):
        yield


class TestOnSqlite(DeferringHostCases):
    """In a file."""

    @pytest.fixture(params=[{}, {"transaction_mode": "IMMEDIATE"}], ids=["deferred", "immediate"])
    def host(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DjangoHost]:
        """Give a host on SQLite."""
        with on_file(tmp_path, **request.param):
            host = DjangoHost()
            yield host
            host.close()


class TestOnPostgres(DeferringHostCases, FreeHostCases, ThreadedHostCases):
    """On a server."""

    @pytest.fixture(params=[False, True], ids=["client-binding", "server-binding"])
    def host(self, request: pytest.FixtureRequest, postgres) -> Iterator[DjangoHost]:
        """Give a host on PostgreSQL."""
        with database(**server_settings(postgres.database()), OPTIONS={"server_side_binding": request.param}):
            host = DjangoHost()
            yield host
            host.close()


class TestOnMariaDB(ConflictingHostCases, ThreadedHostCases):
    """On the other server, at the isolation level that Django asks for."""

    @pytest.fixture
    def host(self, mariadb) -> Iterator[DjangoHost]:
        """Give a host on MariaDB."""
        with database(**server_settings(mariadb.database())):
            host = DjangoHost()
            yield host
            host.close()


class TestJoined:
    """Taking part in a block."""

    def test_no_block_is_open(self, tmp_path):
        """Is told at once."""
        with on_file(tmp_path), CRM.open(url_of()) as crm, pytest.raises(Unavailable, match="atomic"):
            joined(crm)

    def test_another_database(self, tmp_path):
        """Is named as Django names it; the default one is left alone."""
        files = {
            name: {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / name} for name in ("default", "customers")
        }
        with databases(**files), CRM.open(url_of("customers"), clock=lambda: MONDAY) as crm:
            with transaction.atomic(using="customers"):
                joined(crm, "customers").handle(register(), actor=LI)
                with pytest.raises(Unavailable, match="django:default"):
                    joined(crm)

            assert "li" == crm.customer("C1").owner


class TestUrlOf:
    """The URL of one of Django's databases."""

    @pytest.mark.parametrize(
        ("told", "url"),
        [
            ({"NAME": "crm"}, "postgresql+psycopg:///crm"),
            ({"NAME": None}, "postgresql+psycopg:///postgres"),
            ({"NAME": "c m", "USER": "a@b", "PASSWORD": "p/w:?"}, "postgresql+psycopg://a%40b:p%2Fw%3A%3F@/c%20m"),
            ({"NAME": "crm", "HOST": "db.example", "PORT": 6432}, "postgresql+psycopg://db.example:6432/crm"),
            ({"NAME": "crm", "HOST": "::1", "PORT": "5432"}, "postgresql+psycopg://[::1]:5432/crm"),
            ({"NAME": "crm", "HOST": "/run/pg", "USER": "u"}, "postgresql+psycopg://u@/crm?host=%2Frun%2Fpg"),
            (
                {"NAME": "crm", "OPTIONS": {"sslmode": "require", "pool": True, "connect_timeout": 5}},
                "postgresql+psycopg:///crm?sslmode=require&connect_timeout=5",
            ),
        ],
        ids=["name", "no-name", "quoted", "host", "ipv6", "socket", "options"],
    )
    def test_postgresql(self, told, url):
        """With everything quoted that needs it, and what is Django's own left out."""
        with database(ENGINE="django.db.backends.postgresql", **told):
            assert url == url_of()
            assert str(told["NAME"] or "postgres") == make_url(url).database
            assert told.get("PASSWORD") == make_url(url).password

    @pytest.mark.parametrize(
        ("told", "url"),
        [
            ({"NAME": "crm", "USER": "u", "PASSWORD": "p@"}, "mariadb+pymysql://u:p%40@localhost/crm"),
            ({"NAME": "crm", "HOST": "db.example", "PORT": "3307"}, "mariadb+pymysql://db.example:3307/crm"),
            ({"NAME": "crm", "HOST": "/run/my"}, "mariadb+pymysql://localhost/crm?unix_socket=%2Frun%2Fmy"),
            (
                {"NAME": "crm", "OPTIONS": {"connect_timeout": 3, "init_command": "SET sql_mode='TRADITIONAL'"}},
                "mariadb+pymysql://localhost/crm?connect_timeout=3",
            ),
        ],
        ids=["quoted", "host", "socket", "options"],
    )
    def test_mariadb(self, told, url):
        """By the driver that crmcore brings, whichever Django uses."""
        with database(ENGINE="django.db.backends.mysql", **told):
            assert url == url_of()

    def test_encryption_is_not_dropped(self):
        """What asks for it in Django's words is refused, for crmcore's connection would go without."""
        told = {"NAME": "crm", "OPTIONS": {"ssl": {"ca": "/etc/ca.pem"}}}
        with database(ENGINE="django.db.backends.mysql", **told), pytest.raises(Invalid) as error:
            url_of()

        assert ["DATABASES.default.OPTIONS.ssl"] == [fault.path for fault in error.value.faults]

    def test_sqlite(self, tmp_path):
        """The file, however it is called, with its timeout."""
        name = tmp_path / "my site#1?.db"
        with database(ENGINE="django.db.backends.sqlite3", NAME=name, OPTIONS={"timeout": 7}):
            url = url_of()
            CRM.open(url).close()

        assert url.endswith("/my%20site%231%3F.db?timeout=7")
        assert name.exists()

    @pytest.mark.parametrize("name", [":memory:", "file:memorydb_default?mode=memory&cache=shared"])
    def test_a_database_in_memory(self, name):
        """Nobody else can reach it, and the message says what to do in tests."""
        with database(ENGINE="django.db.backends.sqlite3", NAME=name), pytest.raises(Invalid, match="TEST") as error:
            url_of()

        assert ["DATABASES.default.NAME"] == [fault.path for fault in error.value.faults]

    def test_options_that_cannot_be_followed(self):
        """Are named: a connection without what they ask for might be less safe than the host thinks."""
        told = {"NAME": "crm", "OPTIONS": {"assume_role": "owner", "sslmode": "require", "context": object()}}
        with database(ENGINE="django.db.backends.postgresql", **told), pytest.raises(Invalid) as error:
            url_of()

        assert ["DATABASES.default.OPTIONS.assume_role", "DATABASES.default.OPTIONS.context"] == [
            fault.path for fault in error.value.faults
        ]

    def test_another_engine(self):
        """Is refused."""
        with database(ENGINE="django.db.backends.dummy"), pytest.raises(Invalid) as error:
            url_of()

        assert ["DATABASES.default.ENGINE"] == [fault.path for fault in error.value.faults]


class TestApp:
    """``crmcore.contrib.django`` among the installed apps."""

    def test_migrate_makes_the_tables(self, tmp_path, settings_crmcore):
        """In the database that the settings name; nothing stays open."""
        settings_crmcore({"policy": "reviewed"})
        with on_file(tmp_path):
            call_command("migrate", verbosity=0)
            with connection.cursor() as cursor:
                tables = connection.introspection.table_names(cursor)

            assert {"crm_customer", "crm__events"} <= set(tables)

    def test_one_crm_for_the_process(self, tmp_path, settings_crmcore):
        """Opened once, under the policy and with the plugins of the settings, until it is closed."""
        settings_crmcore(
            {
                "policy": "reviewed",
                "overrides": {"customers.protection.potential_days": 60},
                "plugins": ["tests.hosts.observing.observer"],
            }
        )
        from tests.hosts.observing import observer

        with on_file(tmp_path):
            crm = get_crm()
            with transaction.atomic():
                joined(crm).handle(register(), actor=LI)
                assert [] == observer.told

            assert crm is get_crm()
            assert 60 == crm.policy.customers.protection.potential_days
            assert ["registered", "protected"] == observer.told
            close_crm()
            assert crm is not get_crm()
            assert "li" == get_crm().customer("C1").owner

    def test_opened_inside_a_block(self, tmp_path, settings_crmcore):
        """The first request may be all in one transaction; once the tables are there, opening waits for nobody."""
        settings_crmcore({})
        with on_file(tmp_path, transaction_mode="IMMEDIATE", timeout=1):
            call_command("migrate", verbosity=0)
            with transaction.atomic():
                joined(get_crm()).handle(register(), actor=LI)

            assert "li" == get_crm().customer("C1").owner

    def test_another_url(self, tmp_path, settings_crmcore):
        """May stand in the settings instead of the database's own."""
        settings_crmcore({"url": f"sqlite:///{tmp_path / 'elsewhere.db'}"})
        get_crm()
        close_crm()

        assert (tmp_path / "elsewhere.db").exists()

    def test_other_databases_are_left_alone(self, tmp_path, settings_crmcore):
        """Migrating a database that is not the one of the settings makes no tables."""
        settings_crmcore({"using": "customers"})
        with on_file(tmp_path):
            call_command("migrate", verbosity=0)
            with connection.cursor() as cursor:
                assert "crm_customer" not in connection.introspection.table_names(cursor)

    def test_a_setting_with_a_slip(self, settings_crmcore):
        """Is named."""
        settings_crmcore({"polcy": "reviewed"})
        with pytest.raises(Invalid) as error:
            get_crm()

        assert ["CRMCORE.polcy"] == [fault.path for fault in error.value.faults]


@pytest.fixture
def settings_crmcore(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Give a function that sets ``settings.CRMCORE``."""
    yield lambda told: monkeypatch.setattr(settings, "CRMCORE", told, raising=False)
    close_crm()
