"""A back-test as a page: the verdict, outcomes by grade, calibration and lift."""

from collections.abc import Iterable, Iterator

import altair as alt

from crmcore.charts import words
from crmcore.charts.page import GUIDE, INK, MARK, Page, Section, Table
from crmcore.kernel.refusals import Label
from crmcore.scoring import words as said
from crmcore.scoring.backtesting import Report
from crmcore.wording import Language

_HEIGHT = 280


def backtest_html(report: Report, *, lang: Language = "en", title: str | None = None) -> str:
    """The report as one HTML file that loads nothing: figures, tables, and the charts they make."""
    page = Page(
        title or words.TITLE.text(lang).format(policy=report.policy.partition("#")[0]),
        f"{report.policy} · {_when(report, lang)}",
        words.sentence(said.VERDICTS[report.status], lang),
        tuple(_figures(report, lang)),
        tuple(_sections(report, lang)),
        lang,
    )
    return page.html()


def _when(report: Report, lang: Language) -> str:
    if report.cutoff is None:
        return words.GIVEN.text(lang)
    cutoff = report.cutoff.isoformat(sep=" ", timespec="minutes")
    return words.WHEN.text(lang).format(cutoff=cutoff, days=report.horizon_days)


def _figures(report: Report, lang: Language) -> Iterator[tuple[str, str, str]]:
    yield said.CASES.text(lang), f"{report.n:,}", ""
    yield said.OUTCOMES.text(lang), f"{report.positives:,}", ""
    if report.base_rate is not None:
        yield words.BASE_RATE.text(lang), _percent(report.base_rate), ""
    if report.auc is not None:
        value, low, high = (f"{figure:.3f}" for figure in report.auc)
        yield words.AUC.text(lang), value, words.AUC_RANGE.text(lang).format(low=low, high=high)
    if report.calibration_error is not None:
        yield said.ERROR.text(lang), f"{report.calibration_error:.3f}", ""
    if report.flagged is not None:
        right = report.flagged.precision
        more = "" if right is None else words.RIGHTLY.text(lang).format(precision=_percent(right))
        yield words.FLAGGED.text(lang), _percent(report.flagged.share), more


def _sections(report: Report, lang: Language) -> Iterator[Section]:
    if report.grades:
        yield _grades(report, lang)
    if report.calibration:
        yield _calibration(report, lang)
    if report.lifts:
        yield _lift(report, lang)
    if report.suspects:
        yield _suspects(report, lang)
    if report.truncated:
        rows = [(factor,) for factor in report.truncated]
        table = Table((said.FACTOR.text(lang),), rows)
        yield Section(words.title(said.TRUNCATED, lang), words.TRUNCATED_NOTE.text(lang), table)


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _sized(chart: "alt.LayerChart | alt.FacetChart") -> "alt.LayerChart | alt.FacetChart":
    return chart.properties(width="container", height=_HEIGHT)


def _axis(label: Label, lang: Language, form: str = "") -> "alt.Axis":
    return alt.Axis(title=label.text(lang), format=form, labelAngle=0, titlePadding=10)


def _grades(report: Report, lang: Language) -> Section:
    """Bars of the outcome's share in each grade, and a line for the share among all."""
    rows = [
        {"grade": said.NO_GRADE.text(lang) if row.grade is None else row.grade, "n": row.n, "rate": row.rate or 0}
        for row in report.grades
    ]
    shown = [{**row, "text": f"{row['rate']:.1%}" if row["n"] else "–"} for row in rows]
    base = alt.Chart(alt.InlineData(values=shown)).encode(
        x=alt.X("grade:N", sort=None, axis=_axis(said.GRADE, lang)),
        y=alt.Y("rate:Q", axis=_axis(words.RATE, lang, "%"), scale=_from_zero(row.rate or 0 for row in report.grades)),
    )
    chart = base.mark_bar(color=MARK) + _line(report.base_rate) + _above(base)
    head = [label.text(lang) for label in (said.GRADE, said.CASES, said.OUTCOMES, words.RATE, words.TIMES)]
    table = [
        (str(told["grade"]), f"{row.n:,}", f"{row.positives:,}", _or_dash(row.rate, ".1%"), _or_dash(row.lift, ".2f"))
        for told, row in zip(rows, report.grades, strict=True)
    ]
    order = said.order(ordered=bool(report.ordered), adverse=report.adverse).text(lang)
    note = words.GRADES_NOTE.text(lang).format(order=order)
    return Section(words.GRADES.text(lang), note, Table(head, table), _sized(chart))


def _or_dash(figure: float | None, form: str) -> str:
    return "–" if figure is None else format(figure, form)


def _above(bars: "alt.Chart") -> "alt.LayerChart | alt.FacetChart":
    """The value of each bar, written above it; a pale seam keeps it legible where the line runs through."""
    text = bars.encode(text="text:N")
    return alt.layer(
        text.mark_text(dy=-9, fontSize=12, stroke="white", strokeWidth=4, strokeJoin="round"),
        text.mark_text(dy=-9, fontSize=12, color=INK),
    )


def _line(at: float | None) -> "alt.Chart":
    """A line across, to compare with."""
    rule = alt.Chart(alt.InlineData(values=[{"at": at}])).mark_rule(color=GUIDE, strokeDash=[6, 4], size=2)
    line: alt.Chart = rule.encode(y="at:Q")
    return line


def _from_zero(values: Iterable[float]) -> "alt.Scale":
    """A scale from 0 to somewhat above the largest value, with room for a label."""
    return alt.Scale(domain=[0, max(values) * 1.12 or 1], nice=False)


def _calibration(report: Report, lang: Language) -> Section:
    """A point for each group of cases, as large as it has cases, and the line of perfect predictions."""
    rows = [{"predicted": group.predicted, "observed": group.observed, "n": group.n} for group in report.calibration]
    # Room for the largest figure, in tenths, the same on both sides, so that the line is a diagonal.
    top = min(1.0, -(-max(max(row["predicted"], row["observed"]) for row in rows) * 10 // 1) / 10)
    scale = alt.Scale(domain=[0, top], nice=False)
    points = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("predicted:Q", scale=scale, axis=_axis(words.PREDICTED, lang, "%")),
        y=alt.Y("observed:Q", scale=scale, axis=_axis(words.OBSERVED, lang, "%")),
    )
    ends = alt.InlineData(values=[{"predicted": end, "observed": end} for end in (0, top)])
    ideal = (
        alt.Chart(ends)
        .mark_line(color=GUIDE, strokeDash=[6, 4])
        .encode(x=alt.X("predicted:Q", scale=scale), y=alt.Y("observed:Q", scale=scale))
    )
    sized = points.mark_circle(color=MARK, opacity=0.9).encode(
        size=alt.Size("n:Q", legend=None, scale=alt.Scale(range=[60, 260], zero=False)),
        tooltip=[
            alt.Tooltip("predicted:Q", title=words.PREDICTED.text(lang), format=".1%"),
            alt.Tooltip("observed:Q", title=words.OBSERVED.text(lang), format=".1%"),
            alt.Tooltip("n:Q", title=said.CASES.text(lang), format=","),
        ],
    )
    chart = ideal + points.mark_line(color=MARK, opacity=0.5) + sized
    table = [(_percent(group.predicted), _percent(group.observed), f"{group.n:,}") for group in report.calibration]
    head = [label.text(lang) for label in (words.PREDICTED, words.OBSERVED, said.CASES)]
    note = words.CALIBRATED_BY[report.calibrated_by or "curve"]
    return Section(words.CALIBRATION.text(lang), note.text(lang), Table(head, table, texts=0), _sized(chart))


def _lift(report: Report, lang: Language) -> Section:
    """Bars of the lift of the best scores, and a line for all cases."""
    rows = [{"share": f"{share:.0%}", "lift": lift, "text": f"{lift:.2f}×"} for share, lift in report.lifts]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("share:N", sort=None, axis=_axis(words.BEST[report.adverse], lang)),
        y=alt.Y("lift:Q", axis=_axis(said.LIFT, lang), scale=_from_zero(lift for _, lift in report.lifts)),
    )
    chart = base.mark_bar(color=MARK) + _line(1.0) + _above(base)
    head = [label.text(lang) for label in (words.BEST[report.adverse], said.LIFT)]
    table = Table(head, [(f"{share:.0%}", f"{lift:.2f}") for share, lift in report.lifts], texts=0)
    return Section(words.title(said.LIFT, lang), words.LIFT_NOTE[report.adverse].text(lang), table, _sized(chart))


def _suspects(report: Report, lang: Language) -> Section:
    head = [label.text(lang) for label in (said.FACTOR, words.REASON, words.ALONE)]
    rows = [(one.factor, said.REASONS[one.reason].text(lang), _or_dash(one.auc, ".3f")) for one in report.suspects]
    return Section(words.SUSPECTS.text(lang), words.SUSPECTS_NOTE.text(lang), Table(head, rows, texts=2))
