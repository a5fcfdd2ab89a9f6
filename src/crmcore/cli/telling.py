"""Back-tests and fits told to people, and to programs."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import asdict

from crmcore.cli.bars import bar
from crmcore.cli.terminal import Terminal
from crmcore.kernel.refusals import Label
from crmcore.wording import Language

if TYPE_CHECKING:
    from crmcore.scoring import Fit, Report, ScoringPolicy
    from crmcore.scoring.leaks import Suspect

CASES: Final = Label(
    "{n:,} cases, {positives:,} with the outcome ({rate})", "{n:,} 个样本，{positives:,} 个出现结果（{rate}）"
)
AUC: Final = Label("AUC {value:.3f} ({low:.3f} to {high:.3f})", "AUC {value:.3f}（{low:.3f}–{high:.3f}）")
LIFT_AT: Final = {
    False: Label("{lift:.1f} × in the best {share:.0%}", "得分最高的 {share:.0%} 为 {lift:.1f} 倍"),
    True: Label("{lift:.1f} × in the lowest {share:.0%}", "得分最低的 {share:.0%} 为 {lift:.1f} 倍"),
}
FLAGGED: Final = Label(
    "alerts: {n:,} cases ({share:.1%}), {precision} of them rightly, {recall} of the outcome caught",
    "预警：{n:,} 个样本（{share:.1%}），准确率 {precision}，覆盖率 {recall}",
)
SUSPECT: Final = Label("{factor} may know the outcome: it {reason}", "{factor} 可能泄漏结果：{reason}")
ALONE: Final = Label(" (AUC {auc:.3f})", "（AUC {auc:.3f}）")
DROPPED: Final = Label("tells nothing, or nothing that others do not tell: {names}", "没有信息，或无额外信息：{names}")
BEYOND: Final = Label(
    "left out, for numbers of 1e15 and more have no bands; another scale may do: {names}",
    "数值达 1e15 及以上，无法分段，未采用（可换用其他单位）：{names}",
)
MIXED: Final = Label("left out, for numbers and texts are mixed: {names}", "数值与文本混用，未采用：{names}")
WRITTEN: Final = Label("{stamp}, {factors} factors: {path}", "{stamp}，{factors} 个因素：{path}")
RATE: Final = Label("rate", "比例")
NOT_KNOWN: Final = "–"
#: Characters of the longest bar.
BAR: Final = 24


def show_report(terminal: Terminal, policy: "ScoringPolicy", report: "Report") -> None:
    """Print the verdict, the figures, the grades with their rates, and whatever makes one doubt."""
    from crmcore.scoring.words import VERDICTS

    style = "green" if report.status == "ok" else "yellow"
    terminal.say(f"{report.policy}: {terminal.text(VERDICTS[report.status])}", style=style)
    if report.n:
        terminal.say(_cases(terminal, report.n, report.positives))
    if report.grades:
        _show_grades(terminal, policy, report)
    for line in (*_figures(terminal, report), *_doubts(terminal, report)):
        terminal.say(line)


def _cases(terminal: Terminal, n: int, positives: int) -> str:
    return terminal.text(CASES).format(n=n, positives=positives, rate=_percent(positives / n if n else None))


def _show_grades(terminal: Terminal, policy: "ScoringPolicy", report: "Report") -> None:
    from crmcore.scoring.words import CASES as NUMBER
    from crmcore.scoring.words import GRADE, NO_GRADE, OUTCOMES

    table = terminal.table(GRADE, NUMBER, OUTCOMES, RATE, "", numbers=(1, 2, 3))
    most = max(row.rate or 0 for row in report.grades)
    for row in reversed(report.grades):
        label = NO_GRADE if row.grade is None else policy.label(f"grade.{row.grade}")
        name = terminal.text(label)
        table.add_row(name, f"{row.n:,}", f"{row.positives:,}", _percent(row.rate), bar(row.rate or 0, most, BAR))
    terminal.console.print(table)


def _figures(terminal: Terminal, report: "Report") -> list[str]:
    from crmcore.scoring.words import LIFT

    lines: list[str] = []
    if report.auc is not None:
        lines.append(terminal.text(AUC).format_map(report.auc._asdict()))
    if report.calibration_error is not None:
        lines.append(_error(terminal, report.calibration_error))
    if report.lifts:
        at = terminal.text(LIFT_AT[report.adverse])
        lines.append(_named(terminal, LIFT, [at.format(share=share, lift=lift) for share, lift in report.lifts]))
    if report.flagged is not None:
        flagged = report.flagged
        figures = {"precision": _percent(flagged.precision), "recall": _percent(flagged.recall)}
        lines.append(terminal.text(FLAGGED).format(n=flagged.n, share=flagged.share, **figures))
    return lines


def _doubts(terminal: Terminal, report: "Report") -> list[str]:
    from crmcore.scoring.words import TRUNCATED, order

    lines = [terminal.text(order(ordered=False, adverse=report.adverse))] if report.ordered is False else []
    lines += [_suspect(terminal, one) for one in report.suspects]
    if report.truncated:
        lines.append(_named(terminal, TRUNCATED, [*report.truncated]))
    return lines


def _error(terminal: Terminal, error: float) -> str:
    from crmcore.scoring.words import ERROR

    return f"{terminal.text(ERROR)} {error:.3f}"


def _named(terminal: Terminal, label: Label, names: list[str]) -> str:
    """A label, and what it is about."""
    return f"{terminal.text(label)}{'：' if terminal.lang == 'zh' else ': '}{listed(names, terminal.lang)}"


def _suspect(terminal: Terminal, one: "Suspect") -> str:
    from crmcore.scoring.words import REASONS

    told = terminal.text(SUSPECT).format(factor=one.factor, reason=terminal.text(REASONS[one.reason]))
    return told if one.reason != "auc" else told + terminal.text(ALONE).format(auc=one.auc)


def show_fit(terminal: Terminal, result: "Fit", output: Path | None, *, matured: bool) -> None:
    """Print what came of fitting, and where the policy is."""
    from crmcore.scoring.words import VERDICTS

    status = result.status if matured else "not-matured"
    terminal.say(terminal.text(VERDICTS[status]), style="green" if status == "fitted" else "yellow")
    if result.n:
        terminal.say(_cases(terminal, result.n, result.positives))
    if result.auc is not None:
        terminal.say(terminal.text(AUC).format_map(result.auc._asdict()))
    if result.calibration_error is not None:
        terminal.say(_error(terminal, result.calibration_error))
    for one in result.suspects:
        terminal.say(_suspect(terminal, one))
    silent = [name for name in result.dropped if name not in result.beyond]
    for label, names in ((DROPPED, silent), (BEYOND, [*result.beyond]), (MIXED, [*result.mixed])):
        if names:
            terminal.say(terminal.text(label).format(names=listed(names, terminal.lang)))
    if result.policy is not None:
        told = {"stamp": result.policy.stamp, "factors": len(result.policy.factors), "path": output}
        terminal.say(terminal.text(WRITTEN).format_map(told))


def listed(names: list[str], lang: Language) -> str:
    """Names one after the other."""
    from crmcore.scoring.words import listed as in_words

    return in_words(names, lang)


def _percent(value: float | None) -> str:
    return NOT_KNOWN if value is None else f"{value:.1%}"


# -------------------------------------------------------------------------------------------------- as plain data


def report_data(report: "Report") -> dict[str, Any]:
    """A report as plain data."""
    data = asdict(report, recurse=False)
    return {name: _plain(value) for name, value in data.items()}


def fit_data(result: "Fit", *, with_policy: bool) -> dict[str, Any]:
    """What came of fitting as plain data; the policy with it, where it is written nowhere else."""
    from crmcore.scoring import as_data

    data = {name: _plain(value) for name, value in asdict(result, recurse=False).items() if name != "policy"}
    policy = None if result.policy is None else as_data(result.policy) if with_policy else result.policy.stamp
    return {**data, "policy": policy}


def _plain(value: Any) -> Any:
    """Named tuples as objects, times as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "_asdict"):
        return {name: _plain(item) for name, item in value._asdict().items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
