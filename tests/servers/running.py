"""What the servers that tests start have in common: a folder of their own, a user, an end."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

#: Seconds a server may take to answer, and to stop.
PATIENCE = 60.0


class NoServer(Exception):
    """The programs of a server are not here; the text says how to get them."""


def dropped() -> dict[str, Any]:
    """How to run a server: as nobody if the tests run as root, which no database server accepts."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


class Running:
    """A server process on a folder of its own, reached by a socket there only."""

    def __init__(self, prefix: str) -> None:
        # Short: the path of a socket has at most 107 bytes.
        self.root = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
        self.data = self.root / "d"
        self.process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def own(self) -> None:
        """Give the folder to the user who will run the server."""
        self.root.chmod(0o711)
        self.data.mkdir(0o700)
        if dropped():
            for folder in (self.root, self.data):
                shutil.chown(folder, "nobody", "nogroup")

    def environment(self, drop: str) -> Mapping[str, str]:
        """This process's environment without the variables that would redirect the server."""
        return {name: value for name, value in os.environ.items() if not name.startswith(drop)} | {
            "HOME": str(self.root)
        }

    def spawn(self, command: Sequence[str | Path], env: Mapping[str, str]) -> None:
        """Start the server."""
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdout=log, stderr=log, cwd=self.root, env=env, **dropped()
            )

    def wait_for(self, answers: Callable[[], bool]) -> None:
        """Wait until the server answers."""
        assert self.process is not None

        deadline = time.monotonic() + PATIENCE
        while not answers():
            assert self.process.poll() is None, (self.root / "log").read_text(errors="replace")[-2000:]
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.02)

    def stop(self, how: signal.Signals) -> None:
        """Stop the server by its own pid."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
            self.process = None

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.root, ignore_errors=True)

    def next_name(self) -> str:
        """A name for one more database."""
        self._databases += 1
        return f"crm{os.getpid()}_{self._databases}"
