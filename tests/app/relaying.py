"""A process that runs a relay and writes each delivery to a log. Imported by name there."""

import os
import sys
import threading
import time
from pathlib import Path

from crmcore import CRM
from crmcore.app.relay import Relay
from crmcore.storage.eventlog import Positioned

#: Events whose position is saved at once.
SIZE = 5
#: Seconds without a sign of life after which another takes over: longer than a busy machine lets a process wait.
PATIENCE = 5.0


def worker(url: str, log: str) -> None:
    """Deliver to the log, a line of process and position each, until killed or until a line comes in."""
    target = os.open(log, os.O_WRONLY | os.O_APPEND)
    stop = threading.Event()

    def deliver(event: Positioned) -> None:
        os.write(target, f"{os.getpid()} {event.position}\n".encode())
        time.sleep(0.005)

    def until_told() -> None:
        sys.stdin.readline()
        stop.set()

    threading.Thread(target=until_told, daemon=True).start()
    with CRM.open(url) as crm:
        Relay(crm, "log", deliver, size=SIZE, patience=PATIENCE).run(stop, pause=0.02)


def read(log: Path) -> list[tuple[int, int]]:
    """The whole lines of the log: who delivered which position."""
    lines = log.read_text(encoding="ascii").rpartition("\n")[0].splitlines()
    return [(int(pid), int(position)) for pid, position in map(str.split, lines)]


if __name__ == "__main__":
    worker(*sys.argv[1:])
