"""The command ``crmcore``: its commands by name, and what holds for the whole run of the program."""

import os
import sys
from importlib import import_module
from io import TextIOWrapper

import click

from crmcore import __version__
from crmcore.cli.terminal import BROKEN_PIPE

#: Where each command stands. A module is imported when its command is asked for.
COMMANDS = {
    "agenda": "crmcore.cli.agenda:agenda",
    "demo": "crmcore.cli.demo:demo",
    "diagram": "crmcore.cli.diagram:diagram",
    "duplicates": "crmcore.cli.duplicates:duplicates",
    "find": "crmcore.cli.duplicates:find",
    "import": "crmcore.cli.bulk:import_",
    "policy": "crmcore.cli.policy:policy",
    "privacy": "crmcore.cli.privacy:privacy",
    "reindex": "crmcore.cli.upkeep:reindex",
    "rekey": "crmcore.cli.duplicates:rekey",
    "run": "crmcore.cli.run:run",
    "score": "crmcore.cli.score:score",
    "show": "crmcore.cli.show:show",
    "storage": "crmcore.cli.storage:storage",
    "sweep": "crmcore.cli.upkeep:sweep",
    "verify": "crmcore.cli.upkeep:verify",
    "why-not": "crmcore.cli.why_not:why_not",
}


class LazyGroup(click.Group):
    """A group of commands that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 — click's signature
        """The names of the commands, in the order in which help shows them."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 — the same
        """The command of that name, or None."""
        module, _, name = COMMANDS.get(cmd_name, "").partition(":")
        if not module:
            return None
        command: click.Command = getattr(import_module(module), name)
        return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="crmcore")
def program() -> None:
    """Customers, their protection and what becomes of them: crmcore on the command line.

    Start with `crmcore demo`: it needs no file, no server and no network.

    \b
    Exit status:
      0  done
      1  answered, and the answer is bad: a line not understood, a row not imported, a problem found
      2  asked wrongly: an unknown option, a file or policy that cannot be read
      3  the storage failed: the message says where, and what is stored
    """  # noqa: D301 — click's mark for text that is not wrapped


def run_program() -> None:
    """Run ``crmcore`` as a program of its own."""
    for stream in (sys.stdout, sys.stderr):
        _speak_unicode(stream)
    try:
        program.main(prog_name="crmcore", standalone_mode=True)
    except SystemExit as leaving:
        if leaving.code == BROKEN_PIPE:
            _silence_stdout()
        raise


def _speak_unicode(stream: object) -> None:
    """Let a stream print Chinese whatever the locale: UTF-8 unless it is a terminal, which has its own encoding."""
    if isinstance(stream, TextIOWrapper):
        encoding = None if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _silence_stdout() -> None:
    """Whoever read our output has gone: let what is still to be written go nowhere, and Python not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
