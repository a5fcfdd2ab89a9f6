"""The console that tables are printed on."""

from rich.console import Console

from crmcore.cli.terminal import BROKEN_PIPE


class PlainConsole(Console):
    """A console that takes nothing in what is printed for markup, and ends quietly when its reader has gone."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """End with the status that a shell reports of a reader that went away."""
        raise SystemExit(BROKEN_PIPE)
