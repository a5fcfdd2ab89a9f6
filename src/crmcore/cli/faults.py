"""Showing what is wrong with rows of a file. The cells themselves are not shown: they may be personal."""

from typing import TYPE_CHECKING

from attrs import field, mutable

from crmcore.cli import words
from crmcore.cli.terminal import Terminal, printable
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from crmcore.importing import Problem, Result

#: How many a person is shown; a report takes them all.
MOST_SHOWN = 20

LINE = Label("line", "行")
COLUMN = Label("column", "列")
MORE = Label(
    "… and {more} more; --report FILE.csv writes all of them", "……另有 {more} 条；用 --report FILE.csv 写出全部"
)


@mutable
class Shown:
    """Tells problems on standard output: as JSON lines, or the first of them as a table once all are known."""

    terminal: Terminal
    kept: "list[tuple[int, Problem]]" = field(factory=list)
    count: int = 0

    def add(self, result: "Result") -> None:
        """Tell what is wrong with one more row."""
        for problem in result.problems:
            self.count += 1
            if self.terminal.as_json:
                self.terminal.json(self._data(result.line, problem))
            elif len(self.kept) < MOST_SHOWN:
                self.kept.append((result.line, problem))

    def _data(self, line: int, problem: "Problem") -> dict[str, object]:
        return {
            "line": line,
            "field": problem.field,
            "column": problem.column,
            "rule": problem.rule,
            "code": problem.code,
            "message": problem.message(self.terminal.lang),
        }

    def finish(self) -> None:
        """Print the table."""
        if not self.kept:
            return
        table = self.terminal.table(LINE, COLUMN, words.CODE, words.REASON, numbers=(0,))
        for line, problem in self.kept:
            code = f"{problem.rule} {problem.code}" if problem.rule else problem.code
            place = problem.column or problem.field or ""
            table.add_row(str(line), printable(place), code, problem.message(self.terminal.lang))
        self.terminal.console.print(table)
        if self.count > len(self.kept):
            self.terminal.say(self.terminal.text(MORE).format(more=self.count - len(self.kept)))
