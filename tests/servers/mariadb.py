"""A real MariaDB for tests: the programs of Debian's mariadb-server, wherever they were unpacked."""

import os
import signal
import subprocess
from pathlib import Path

import pymysql

from tests.servers.running import NoServer, Running, dropped

SETTINGS = ("--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=0", "--sync-binlog=0", "--max-connections=100")
HOW = (
    "install Debian's mariadb-server, or set CRM_TEST_MARIADB to the folder it is unpacked in (with usr/sbin/mariadbd)"
)


def unpacked() -> Path:
    """The folder that usr/ of the package stands in.

    :raises NoServer: there is none.
    """
    root = Path(os.environ.get("CRM_TEST_MARIADB", "/"))
    if not (root / "usr/sbin/mariadbd").exists():
        raise NoServer(HOW)
    return root


class MariaDB(Running):
    """A server; each ``database()`` is a fresh one."""

    def __init__(self) -> None:
        super().__init__("crmmy-")
        self._usr = unpacked() / "usr"
        self.own()
        user: list[str | Path] = ["--user=nobody"] if dropped() else []
        options = [f"--basedir={self._usr}", f"--datadir={self.data}", "--auth-root-authentication-method=normal"]
        subprocess.run(
            [self._usr / "bin/mariadb-install-db", "--no-defaults", *options, "--skip-test-db", *user],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.root,
            env=self.environment("MYSQL"),
        )
        self.start()

    @property
    def _socket(self) -> str:
        return str(self.root / "s")

    def start(self) -> None:
        """Start, or start again on the same data."""
        places = [f"--basedir={self._usr}", f"--datadir={self.data}", f"--socket={self._socket}"]
        command = [self._usr / "sbin/mariadbd", "--no-defaults", *places, "--skip-networking", *SETTINGS]
        self.spawn([*command, f"--pid-file={self.root / 'pid'}"], self.environment("MYSQL"))
        self.wait_for(self._answers)

    def _answers(self) -> bool:
        try:
            pymysql.connect(unix_socket=self._socket, user="root").close()
        except pymysql.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """Kill the server, as a crash would."""
        self.stop(signal.SIGKILL)

    def database(self) -> str:
        """The SQLAlchemy URL of a fresh database, with the server's default collation."""
        name = self.next_name()
        connection = pymysql.connect(unix_socket=self._socket, user="root")
        try:
            connection.cursor().execute(f"CREATE DATABASE `{name}`")
        finally:
            connection.close()
        return f"mariadb+pymysql://root@localhost/{name}?unix_socket={self._socket}"

    def close(self) -> None:
        """Stop in order, and remove everything."""
        self.stop(signal.SIGTERM)
        self.remove()
