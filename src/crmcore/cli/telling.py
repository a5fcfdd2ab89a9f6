"""Back-tests and fits told to people."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from crmcore.cli.bars import bar
from crmcore.cli.terminal import Terminal
from crmcore.kernel.refusals import Label
from crmcore.wording import Language

if TYPE_CHECKING:
    from crmcore.scoring import Fit, Report, ScoringPolicy

VERDICTS: Final = {
    "ok": Label("the policy tells who will have the outcome", "该策略能够区分结果"),
    "no-signal": Label("no signal: the policy tells nothing of the outcome", "无信号：该策略无法区分结果"),
    "too-few": Label("too few cases to judge by", "案例过少，无法评判"),
    "not-matured": Label("not judged: the records end before the horizon does", "未评判：记录在观察期结束之前就已终止"),
    "fitted": Label("fitted", "拟合完成"),
}
CASES: Final = Label(
    "{n:,} cases, {positives:,} with the outcome ({rate})", "{n:,} 个案例，{positives:,} 个出现结果（{rate}）"
)
AUC: Final = Label("AUC {value:.3f} ({low:.3f} to {high:.3f})", "AUC {value:.3f}（{low:.3f}–{high:.3f}）")
ERROR: Final = Label("calibration error {error:.3f}", "校准误差 {error:.3f}")
LIFT: Final = Label("lift: {lifts}", "提升度：{lifts}")
LIFT_AT: Final = Label("{lift:.1f} × in the best {share:.0%}", "前 {share:.0%} 为 {lift:.1f} 倍")
FLAGGED: Final = Label(
    "alerts: {n:,} cases ({share:.1%}), {precision} of them rightly, {recall} of the outcome caught",
    "预警：{n:,} 个案例（{share:.1%}），准确率 {precision}，覆盖率 {recall}",
)
UNORDERED: Final = Label("a better grade does not mean more of the outcome", "等级越高，结果并不越多")
SUSPECT: Final = {
    "auc": Label(
        "{factor} may know the outcome: alone it has an AUC of {auc:.3f}",
        "{factor} 可能泄漏结果：单独 AUC 为 {auc:.3f}",
    ),
    "undated": Label(
        "{factor} may know the outcome: nobody knows when it was written", "{factor} 可能泄漏结果：写入时间未知"
    ),
}
TRUNCATED: Final = Label("looks back further than the records: {names}", "回溯期超出记录范围：{names}")
DROPPED: Final = Label("tells nothing, or nothing that others do not tell: {names}", "没有信息，或无额外信息：{names}")
MIXED: Final = Label("left out, for numbers and texts are mixed: {names}", "数值与文本混用，未采用：{names}")
WRITTEN: Final = Label("{stamp}, {factors} factors: {path}", "{stamp}，{factors} 个因素：{path}")
GRADE: Final = Label("grade", "等级")
NUMBER: Final = Label("cases", "案例")
OUTCOMES: Final = Label("outcome", "结果")
RATE: Final = Label("rate", "比率")
NOT_KNOWN: Final = "–"
#: Characters of the longest bar.
BAR: Final = 24


def show_report(terminal: Terminal, policy: "ScoringPolicy", report: "Report", *, adverse: bool) -> None:
    """Print the verdict, the figures, the grades with their rates, and whatever makes one doubt."""
    style = "green" if report.status == "ok" else "yellow"
    terminal.say(f"{report.policy}: {terminal.text(VERDICTS[report.status])}", style=style)
    if report.n:
        terminal.say(_cases(terminal, report.n, report.positives))
    if report.grades:
        _show_grades(terminal, policy, report)
    for line in (*_figures(terminal, report, alerts=adverse), *_doubts(terminal, report)):
        terminal.say(line)


def _cases(terminal: Terminal, n: int, positives: int) -> str:
    return terminal.text(CASES).format(n=n, positives=positives, rate=_percent(positives / n if n else None))


def _show_grades(terminal: Terminal, policy: "ScoringPolicy", report: "Report") -> None:
    from crmcore.scoring.words import NO_GRADE

    table = terminal.table(GRADE, NUMBER, OUTCOMES, RATE, "", numbers=(1, 2, 3))
    most = max(row.rate or 0 for row in report.grades)
    for row in reversed(report.grades):
        label = NO_GRADE if row.grade is None else policy.label(f"grade.{row.grade}")
        name = terminal.text(label)
        table.add_row(name, f"{row.n:,}", f"{row.positives:,}", _percent(row.rate), bar(row.rate or 0, most, BAR))
    terminal.console.print(table)


def _figures(terminal: Terminal, report: "Report", *, alerts: bool) -> list[str]:
    """The figures; what alerts are worth is known only of a bad outcome."""
    lines: list[str] = []
    if report.auc is not None:
        lines.append(terminal.text(AUC).format_map(report.auc._asdict()))
    if report.calibration_error is not None:
        lines.append(terminal.text(ERROR).format(error=report.calibration_error))
    if report.lifts:
        parts = (terminal.text(LIFT_AT).format(share=share, lift=lift) for share, lift in report.lifts)
        lines.append(terminal.text(LIFT).format(lifts=listed([*parts], terminal.lang)))
    if report.flagged is not None and alerts:
        flagged = report.flagged
        figures = {"precision": _percent(flagged.precision), "recall": _percent(flagged.recall)}
        lines.append(terminal.text(FLAGGED).format(n=flagged.n, share=flagged.share, **figures))
    return lines


def _doubts(terminal: Terminal, report: "Report") -> list[str]:
    lines = [terminal.text(UNORDERED)] if report.ordered is False else []
    lines += [terminal.text(SUSPECT[one.reason]).format_map(one._asdict()) for one in report.suspects]
    if report.truncated:
        lines.append(terminal.text(TRUNCATED).format(names=listed([*report.truncated], terminal.lang)))
    return lines


def show_fit(terminal: Terminal, result: "Fit", output: Path | None, *, matured: bool) -> None:
    """Print what came of fitting, and where the policy is."""
    status = result.status if matured else "not-matured"
    terminal.say(terminal.text(VERDICTS[status]), style="green" if status == "fitted" else "yellow")
    if result.n:
        terminal.say(_cases(terminal, result.n, result.positives))
    if result.auc is not None:
        terminal.say(terminal.text(AUC).format_map(result.auc._asdict()))
    if result.calibration_error is not None:
        terminal.say(terminal.text(ERROR).format(error=result.calibration_error))
    for one in result.suspects:
        terminal.say(terminal.text(SUSPECT[one.reason]).format_map(one._asdict()))
    if result.dropped:
        terminal.say(terminal.text(DROPPED).format(names=listed([*result.dropped], terminal.lang)))
    if result.mixed:
        terminal.say(terminal.text(MIXED).format(names=listed([*result.mixed], terminal.lang)))
    if result.policy is not None:
        told = {"stamp": result.policy.stamp, "factors": len(result.policy.factors), "path": output}
        terminal.say(terminal.text(WRITTEN).format_map(told))


def listed(names: list[str], lang: Language) -> str:
    """Names one after the other."""
    from crmcore.scoring.words import listed as in_words

    return in_words(names, lang)


def _percent(value: float | None) -> str:
    return NOT_KNOWN if value is None else f"{value:.1%}"
