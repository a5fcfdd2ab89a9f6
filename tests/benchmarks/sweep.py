"""A sweep of 1,000 due protections among a million customers, against 1,000 among ten thousand, on SQLite.

To be run as ``python tests/benchmarks/sweep.py``.

The stores are made once (see filled.py), which takes some minutes. In them a protection falls each minute; each round
sweeps as of a moment by which the next 1,000 have fallen.
"""

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crmcore import CRM
from tests.benchmarks.filled import START, copied
from tests.benchmarks.harness import in_turn, report, scratch, timed

LARGE, SMALL, DUE = 1_000_000, 10_000, 1_000
#: So many sweeps of DUE each, and one before them that is not counted; the small store has no more to give.
ROUNDS = 9

#: Run in a process of its own: how many fell, and the most memory the process had before and after (kB, Linux).
MEMORY = """
import re, sys
from datetime import datetime
from pathlib import Path
from crmcore import CRM

def most():
    return re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]

with CRM.open(sys.argv[1]) as crm:
    crm.sweep(at=datetime.fromisoformat(sys.argv[2]))
    before = most()
    print(crm.sweep(at=datetime.fromisoformat(sys.argv[3])), before, most())
"""


def moment(due: int) -> datetime:
    """The moment by which so many have fallen since the beginning."""
    return START + timedelta(days=30, minutes=due)


def swept(crm: CRM, turns: Iterator[int]) -> float:
    """The seconds it takes to sweep the next DUE."""
    at = moment(next(turns) * DUE)
    fell: list[int] = []
    seconds = timed(lambda: fell.append(crm.sweep(at=at)))
    assert fell == [DUE], fell
    return seconds


def memory(path: Path, done: int, due: int) -> tuple[int, float]:
    """How many fall in a sweep after one of DUE, in a process of its own, and the MB that its memory grows by."""
    arguments = [f"sqlite:///{path}", *(moment(until).isoformat() for until in (done + DUE, done + DUE + due))]
    ran = subprocess.run([sys.executable, "-c", MEMORY, *arguments], capture_output=True, text=True, check=True)
    fell, before, after = map(int, ran.stdout.split())
    return fell, (after - before) / 1024


def main() -> None:
    """Measure and print."""
    with scratch() as folder:
        large, small = copied(LARGE, folder / "large.db"), copied(SMALL, folder / "small.db")
        with CRM.open(f"sqlite:///{large}") as among_many, CRM.open(f"sqlite:///{small}") as among_few:
            found = in_turn(partial(swept, among_many, count(1)), partial(swept, among_few, count(1)), ROUNDS)
        mine, other = (f"{median(times) * 1000:.0f}" for times in (found.mine, found.other))
        head = ("due", "A, ms", "B, ms", "A ÷ B", "from … to", "target")
        line = (f"{DUE:,}", mine, other, f"{found.ratio:.2f}", found.spread, "≤ 1.5")
        report(f"A sweep among {LARGE:,} customers (A) and among {SMALL:,} (B)", head, [line])
        done, rows = (ROUNDS + 1) * DUE, []
        for due in (DUE, 10 * DUE, 50 * DUE):
            fell, megabytes = memory(large, done, due)
            done += DUE + due
            rows.append((f"{fell:,}", f"{megabytes:.1f}"))
        report(f"Memory of one sweep among {LARGE:,} customers", ("due", "growth, MB"), rows)


if __name__ == "__main__":
    main()
