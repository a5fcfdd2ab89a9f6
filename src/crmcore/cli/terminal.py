"""How the command line speaks: JSON lines for programs, tables for people, one line for what went wrong."""

import json
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from attrs import frozen

from crmcore.errors import CrmError, Invalid, MissingExtra, StorageError, UnknownName
from crmcore.kernel.refusals import Label
from crmcore.wording import Language

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: Exit statuses. 1 is for answers that are bad news, 141 is what a shell reports of a reader that went away.
BAD_NEWS, USAGE, STORAGE, BROKEN_PIPE = 1, 2, 3, 141


def status_of(error: CrmError) -> int:
    """The exit status that tells this error."""
    if isinstance(error, StorageError):
        return STORAGE
    return USAGE if isinstance(error, Invalid | UnknownName | MissingExtra) else BAD_NEWS


@frozen
class Terminal:
    """Standard output in one language, as tables or, with ``as_json``, as JSON."""

    lang: Language = "en"
    as_json: bool = False

    def json(self, data: Any) -> None:
        """Print one JSON value on one line."""
        self.write(json_line(data))

    def write(self, text: str) -> None:
        """Print text as it is, at once.

        :raises SystemExit: with status 141 when whoever read our output has gone.
        """
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            raise SystemExit(BROKEN_PIPE) from None

    def error(self, error: CrmError) -> int:
        """Tell an error, and return the exit status that goes with it."""
        from crmcore.app.output import error_view

        if self.as_json:
            self.json({"ok": False, "error": error_view(error, self.lang)})
        else:
            print(f"crmcore: {error.message(self.lang)}", file=sys.stderr)
        return status_of(error)

    @property
    def console(self) -> "Console":
        """For people: nothing in what is printed is taken for markup, and without a terminal there is no colour."""
        from crmcore.cli.console import PlainConsole

        return PlainConsole()

    def say(self, text: str = "", style: str | None = None) -> None:
        """Print a line for people."""
        self.console.print(text, style=style)

    def count(self, label: Label, **counted: int) -> None:
        """Tell how many it has been: as JSON by name, or in the words of a label."""
        if self.as_json:
            self.json(counted)
        else:
            self.say(self.text(label).format(**counted))

    def text(self, label: Label) -> str:
        """A label in the language spoken."""
        return label.text(self.lang)

    def time(self, moment: datetime | None, zone: tzinfo) -> str:
        """A time for people, to the minute, as clocks in the zone show it; a dash where there is none."""
        return "–" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"

    def clock(self, label: Label, zone: tzinfo) -> str:
        """The head of a column of times: what they are, and whose clocks show them."""
        return f"{self.text(label)} ({str(zone).rpartition('/')[2]})"

    def table(self, *heads: Label | str, title: Label | None = None, numbers: Sequence[int] = ()) -> "Table":
        """An empty table with these column heads; the columns in ``numbers`` are aligned to the right."""
        from rich import box
        from rich.table import Table

        heading = None if title is None else self.text(title)
        table = Table(box=box.SIMPLE_HEAD, title=heading, title_justify="left", title_style="bold", show_edge=False)
        table.padding = (0, 1, 0, 0)
        for place, head in enumerate(heads):
            name = head if isinstance(head, str) else self.text(head)
            table.add_column(name, justify="right" if place in numbers else "left", overflow="fold")
        return table


def json_line(data: Any) -> str:
    """One JSON value on one line, with the line's end."""
    return json.dumps(data, ensure_ascii=False) + "\n"


def printable(text: object) -> str:
    """Text for a table: what a terminal could take for a command is replaced, so are breaks of lines."""
    return "".join(character if character.isprintable() else " " for character in str(text))


@contextmanager
def progress(label: str, total: int | None = None) -> Generator[Callable[[int], None]]:
    """Show how far long work has come, on a terminal only; the work calls what it is given with how much is done."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(label, total=total)
        yield lambda done: shown.update(task, completed=done)
