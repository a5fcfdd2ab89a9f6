"""A real MariaDB for tests: the programs of Debian's mariadb-server, wherever they were unpacked."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
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

    def __init__(self, settings: Sequence[str] = SETTINGS) -> None:
        super().__init__("crmmy-")
        self._settings = settings
        self._usr = unpacked() / "usr"
        self.own()
        # Of our own: servers that share /tmp remove each other's temporary tables.
        self._temporary = self.root / "t"
        self._temporary.mkdir()
        if dropped():
            shutil.chown(self._temporary, "nobody", "nogroup")
        user = ["--user=nobody"] if dropped() else []
        options = [*self._places(), "--auth-root-authentication-method=normal"]
        command: list[str] = [f"{self._usr}/bin/mariadb-install-db", "--no-defaults", *options, "--skip-test-db", *user]
        subprocess.run(
            command,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.root,
            env=self.environment("MYSQL"),
        )
        self.start()

    def _places(self) -> list[str]:
        return [f"--basedir={self._usr}", f"--datadir={self.data}", f"--tmpdir={self._temporary}"]

    @property
    def _socket(self) -> str:
        return str(self.root / "s")

    def start(self) -> None:
        """Start, or start again on the same data."""
        command = [f"{self._usr}/sbin/mariadbd", "--no-defaults", *self._places(), "--skip-networking", *self._settings]
        command.append(f"--socket={self._socket}")
        self.spawn([*command, f"--pid-file={self.root / 'pid'}"], self.environment("MYSQL"))
        self.wait_for(self._answers)

    def _answers(self) -> bool:
        # Not by pymysql: a connection that it cannot make, it does not close.
        with socket.socket(socket.AF_UNIX) as there:
            try:
                there.connect(self._socket)
            except OSError:
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
