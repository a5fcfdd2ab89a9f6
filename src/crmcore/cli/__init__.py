"""The command line, an extra: ``pip install 'crmcore[cli]'``."""

import sys
from importlib.util import find_spec

#: What the command line needs beyond the library itself.
NEEDS = ("click", "rich")


def main() -> None:
    """Run the command line; without its packages, say in one line how to get them, and exit with status 2."""
    if any(find_spec(package) is None for package in NEEDS):
        print("crmcore: the command line needs more packages: pip install 'crmcore[cli]'", file=sys.stderr)
        raise SystemExit(2)
    from crmcore.cli.program import run_program

    run_program()
