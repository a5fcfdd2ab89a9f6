"""What ``import crmcore`` costs beside importing attrs, cattrs and pluggy, each in fresh processes, in turn.

To be run as ``python tests/benchmarks/imports.py``.
"""

import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.harness import in_turn, report

PROCESSES = 25
THREE = "import attrs, cattrs, pluggy"
#: The process takes the time itself, so that starting Python is left out.
TIMING = "from time import perf_counter as now; start = now(); {code}; print(now() - start)"
CASES = (
    ("import crmcore", "≤ 1.25"),
    ("from crmcore import CRM", "none"),
    ("from crmcore import CRM; CRM.open()", "none"),
)


def seconds(code: str) -> float:
    """The seconds some code takes in a fresh process."""
    command = [sys.executable, "-c", TIMING.format(code=code)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Measure and print."""
    rows = []
    for code, target in CASES:
        found = in_turn(partial(seconds, code), partial(seconds, THREE), PROCESSES)
        mine, other = (f"{median(times) * 1000:.1f}" for times in (found.mine, found.other))
        rows.append((code, THREE, mine, other, f"{found.ratio:.2f}", found.spread, target))
    head = ("A", "B", "A, ms", "B, ms", "A ÷ B", "from … to", "target")
    report(f"Imports, {PROCESSES} processes each", head, rows)


if __name__ == "__main__":
    main()
