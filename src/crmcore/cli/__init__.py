"""The command line, an extra: ``pip install 'crmcore[cli]'``."""

import sys

#: What the command line needs beyond the library itself.
NEEDS = ("click", "rich")


def main() -> None:
    """Run the command line; without its packages, say in one line how to get them, and exit with status 2."""
    try:
        from crmcore.cli.program import run_program
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in NEEDS:
            raise
        print("crmcore: the command line needs more packages: pip install 'crmcore[cli]'", file=sys.stderr)
        raise SystemExit(2) from None
    run_program()
