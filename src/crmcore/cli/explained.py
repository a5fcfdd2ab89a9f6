"""A score told in a table: each factor's value, band, points and a bar; the sum is the raw score."""

from datetime import tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmcore.cli.bars import bar
from crmcore.cli.terminal import Terminal, printable
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from rich.table import Table

    from crmcore.scoring.explaining import Explanation, Row
    from crmcore.scoring.overrides import Override

FACTOR = Label("factor", "因素")
VALUE = Label("value", "取值")
BAND = Label("band", "区间")
POINTS = Label("points", "得分")
RAW = Label("raw score", "原始分")
KEPT = Label("kept within {low} to {high}", "限于 {low} 至 {high}")
AS_OF = Label("{stamp}, as of {at}", "{stamp}，评分时点 {at}")
OVERRIDDEN = Label(
    "{grade}: {by} overruled the score on {at}: {reason}", "{grade}：{by} 于 {at} 人工改级，原因：{reason}"
)
UNTIL = Label(" (until {until})", "（至 {until}）")
#: Characters of the longest bar, and of the shortest that is worth drawing.
LONGEST, SHORTEST = 30, 8
#: Characters between columns.
_APART = 3


def show_explanation(
    terminal: Terminal, title: str, explanation: "Explanation", zone: tzinfo, override: "Override | None" = None
) -> None:
    """Print who it is about, the grade, why it is that, and the table."""
    from rich.text import Text

    score, lang = explanation.score, terminal.lang
    console = terminal.console
    console.print(printable(title), style="bold")
    told = terminal.text(AS_OF).format(stamp=score.stamp, at=terminal.time(score.as_of, zone))
    console.print(told, style="dim")
    if override is not None and override.grade is not None:
        console.print(_overridden(terminal, override, explanation, zone), style="yellow")
    console.print(Text.assemble((explanation.grade(lang), "bold"), "  ", explanation.reason(lang)))
    console.print()
    console.print(_table(terminal, explanation, console.width))


def _overridden(terminal: Terminal, override: "Override", explanation: "Explanation", zone: tzinfo) -> str:
    grade = explanation.policy.label(f"grade.{override.grade}").text(terminal.lang)
    at, reason = terminal.time(override.at, zone), printable(override.reason)
    text = terminal.text(OVERRIDDEN).format(grade=grade, by=printable(override.by), at=at, reason=reason)
    if override.until is None:
        return text
    return text + terminal.text(UNTIL).format(until=terminal.time(override.until, zone))


def _table(terminal: Terminal, explanation: "Explanation", width: int) -> "Table":
    """The rows, and under a line their sum. Bars take what is left of the width; texts are wrapped before figures."""
    from rich import box
    from rich.cells import cell_len

    cells = [_cells(explanation, row, terminal) for row in explanation.rows]
    heads = tuple(terminal.text(head) for head in (FACTOR, VALUE, BAND, POINTS))
    foot = (terminal.text(RAW), "", _kept(terminal, explanation), _number(explanation.total))
    table = terminal.table(*heads, "", numbers=(1, 3))
    table.box, table.show_footer, table.footer_style = box.SIMPLE, True, "bold"
    for column, text in zip(table.columns, foot, strict=False):
        column.footer = text
    for place in (1, 3, 4):
        table.columns[place].no_wrap = True
    room = width - sum(max(map(cell_len, column)) + _APART for column in zip(heads, *cells, foot, strict=True))
    length = min(max(room, SHORTEST), LONGEST)
    most = max((abs(float(row.contribution)) for row in explanation.rows), default=0)
    for row, texts in zip(explanation.rows, cells, strict=True):
        table.add_row(*texts, bar(float(row.contribution), most, length))
    return table


def _cells(explanation: "Explanation", row: "Row", terminal: Terminal) -> tuple[str, str, str, str]:
    from crmcore.scoring.explaining import shown

    lang = terminal.lang
    value = "" if row.is_cap else printable(shown(row.value, lang))
    return explanation.label(row, lang), value, explanation.band(row, lang), _points(row)


def _points(row: "Row") -> str:
    """What the row contributes, and how it came about where a weight had a part in it."""
    if row.is_cap or row.weight == 1:
        return _number(row.contribution)
    return f"{row.points} × {_number(row.weight)} = {_number(row.contribution)}"


def _kept(terminal: Terminal, explanation: "Explanation") -> str:
    """What floor and ceiling make of the raw score, where they make a difference."""
    score, combine = explanation.score, explanation.policy.combine
    if score.clamped == score.raw:
        return ""
    low, high = getattr(combine, "floor", None), getattr(combine, "ceiling", None)
    span = terminal.text(KEPT).format(low="–" if low is None else low, high="–" if high is None else high)
    return f"{span}: {_number(score.clamped)}"


def _number(value: Decimal) -> str:
    """A number without needless zeros."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def explained(customer: str, explanation: "Explanation", override: "Override | None" = None) -> dict[str, Any]:
    """The explanation as plain data, with whom it is about and the grade that counts."""
    from crmcore.scoring.explaining import explanation_data

    data = {"customer": customer, **explanation_data(explanation)}
    if override is None:
        return {**data, "counts": data["grade"], "override": None}
    said = {"grade": override.grade, "by": override.by, "at": override.at.isoformat(), "reason": override.reason}
    until = None if override.until is None else override.until.isoformat()
    return {**data, "counts": override.grade, "override": {**said, "until": until}}
