"""Every benchmark, one after the other, each in a process of its own.

To be run as ``python tests/benchmarks/all.py``.
"""

import subprocess
import sys
from pathlib import Path

NAMES = ("imports", "step", "sqlite_commands", "sweep", "servers", "scoring")


def main() -> None:
    """Run them; stop at the first that fails."""
    for name in NAMES:
        subprocess.run([sys.executable, str(Path(__file__).parent / f"{name}.py")], check=True)


if __name__ == "__main__":
    main()
