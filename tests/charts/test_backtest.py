"""A back-test as a page: its figures are there, in both languages, and it loads nothing."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import attrs
import pytest
import vl_convert

from crmcore.charts import backtest_html
from crmcore.scoring import Report
from crmcore.scoring.backtesting import Flagged, GradeRow
from crmcore.scoring.leaks import Suspect
from crmcore.scoring.statistics import CalibrationBin, Interval

REPORT = Report(
    "leads/2#0123456789ab",
    "ok",
    datetime(2026, 1, 6, 1, tzinfo=UTC),
    60,
    1200,
    300,
    0.25,
    Interval(0.8123, 0.79, 0.8345),
    (GradeRow(None, 0, 0, None, None), GradeRow("C", 700, 70, 0.1, 0.4), GradeRow("A", 500, 230, 0.46, 1.84)),
    True,
    Flagged(180, 0.15, 0.61, 0.4),
    ((0.05, 3.21), (0.1, 2.75)),
    (CalibrationBin(600, 0.081, 0.104), CalibrationBin(600, 0.417, 0.396)),
    0.0123,
    "curve",
    (Suspect("tags", "auc", 0.923), Suspect("quality", "undated", None)),
    ("frequency",),
)
ADVERSE = attrs.evolve(REPORT, adverse=True)
VOID = {"meta", "br", "link", "img"}


class Read(HTMLParser):
    """A page as a browser reads it: texts, elements with their attributes, and whether all are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str | None, str] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """An element ends: the one that began last."""
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        """Text, or a script."""
        if self.open and self.open[-1] == "script":
            id = self.elements[-1][1].get("id")
            self.scripts[id] = self.scripts.get(id, "") + data
        elif self.open and self.open[-1] != "style":
            self.texts.append(data.strip())

    @property
    def charts(self) -> dict[str, Any]:
        """The specifications of charts, by the id of their element."""
        return {id: json.loads(text) for id, text in self.scripts.items() if id is not None}


def drawn(page: Read) -> Iterator[str]:
    """Each chart as a picture."""
    for spec in page.charts.values():
        yield vl_convert.vegalite_to_svg(spec)


@pytest.mark.parametrize(
    ("lang", "texts", "axes"),
    [
        (
            "en",
            (
                "Back-test of leads/2",
                "leads/2#0123456789ab · As known at 2026-01-06 01:00+00:00, against what came in the 60 days after it.",
                "The score tells who will have the outcome.",
                "0.790 to 0.835",
                "61.0% of them rightly",
                "no grade",
                "rests on fields of unknown age",
            ),
            ("share with the outcome", "predicted probability", "the best scores, share of all cases"),
        ),
        (
            "zh",
            (
                "leads/2 回测",
                "leads/2#0123456789ab · 以 2026-01-06 01:00+00:00 为截止时间，对照其后 60 天的结果。",
                "该评分能够区分结果。",
                "0.790 至 0.835",
                "其中 61.0% 属实",
                "无等级",
                "所依据字段的写入时间不明",
            ),
            ("出现结果的比例", "预测概率", "得分最高的部分（占全部样本）"),
        ),
    ],
)
def test_a_page_holds_the_figures(lang, texts, axes):
    """Everything the report says stands in the page as text, and in the charts with axes in the same language."""
    page = Read(backtest_html(REPORT, lang=lang))

    figures = "1,200 300 25.0% 0.812 0.012 15.0% 700 70 10.0% 0.40 46.0% 1.84 – 3.21 2.75 8.1% 10.4% 41.7% 39.6% 0.923"
    assert [] == [text for text in (*texts, *figures.split(), "tags", "quality", "frequency") if text not in page.texts]
    assert 3 == len(page.charts)
    for title, picture in zip(axes, drawn(page), strict=True):
        assert title in picture
    assert ("html", {"lang": "zh-Hans" if lang == "zh" else "en"}) == page.elements[0]
    assert [] == page.open


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_loads_nothing(lang):
    """Nothing in it refers to another file, and its head forbids to load any."""
    page = Read(backtest_html(REPORT, lang=lang))

    assert {"src", "href", "srcset", "data", "action"}.isdisjoint(name for _, attrs in page.elements for name in attrs)
    assert "link" not in {tag for tag, _ in page.elements}
    assert [True] == [
        str(attrs["content"]).startswith("default-src 'none'") for _, attrs in page.elements if "http-equiv" in attrs
    ]
    assert all("url" not in json.dumps(spec) for spec in page.charts.values())
    assert "[data-chart]" in page.scripts[None]


def test_charts_show_the_rows_of_the_report():
    """Bars and points are those of the report, in its order."""
    grades, calibration, lift = (json.dumps(spec) for spec in Read(backtest_html(REPORT)).charts.values())

    assert '"grade": "A", "n": 500, "rate": 0.46' in grades
    assert '{"predicted": 0.417, "observed": 0.396, "n": 600}' in calibration
    assert '"lift": 3.21' in lift


def test_nothing_of_a_name_is_taken_for_markup():
    """Titles, grades and factors may hold any characters."""
    odd = '</script><b>&"x'
    report = attrs.evolve(
        REPORT,
        grades=(GradeRow("</script><b>", 700, 70, 0.1, 0.4),),
        suspects=(Suspect("<!--", "undated", None),),
    )

    page = Read(backtest_html(report, title=odd))

    assert odd in page.texts
    assert "</script><b>" in page.texts
    assert "<!--" in page.texts
    assert "b" not in {tag for tag, _ in page.elements}
    assert "</script><b>" in json.dumps(page.charts["chart-1"])


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (
            Report("p/1#0", "not-matured", REPORT.cutoff, 60, 0, 0),
            "Not judged: the records end before the horizon does.",
        ),
        (Report("p/1#0", "too-few", None, None, 5, 0), "Too few cases to judge by."),
    ],
)
def test_a_page_without_figures(report, said):
    """Where there is nothing to show, the page says why, and needs no scripts."""
    page = Read(backtest_html(report))

    assert said in page.texts
    assert {} == page.scripts
    assert [] == page.open


@pytest.mark.parametrize(
    ("lang", "better", "worse", "others"),
    [
        ("en", "the better the grade", "the worse the grade", "the lowest scores"),
        ("zh", "等级越高，结果越多", "等级越低，结果越多", "得分最低的部分"),
    ],
)
def test_an_adverse_outcome(lang, better, worse, others):
    """What is said of the order of the grades and of the lift is the other way round."""
    good, bad = (" ".join(Read(backtest_html(one, lang=lang)).texts) for one in (REPORT, ADVERSE))
    unordered = " ".join(Read(backtest_html(attrs.evolve(ADVERSE, ordered=False), lang=lang)).texts)

    assert (True, False, False) == (better in good, better in bad, better in unordered)
    assert (False, True, False) == (worse in good, worse in bad, worse in unordered)
    assert (False, True) == (others in good, others in bad)


def test_the_wrong_way_round():
    """A verdict of its own."""
    report = attrs.evolve(REPORT, status="reversed")

    assert "The wrong way round: the score tells the opposite of the outcome." in Read(backtest_html(report)).texts


def test_odd_figures():
    """No case in a grade, none with the outcome on top, probabilities that the policy states: all can be drawn."""
    report = attrs.evolve(
        REPORT,
        status="no-signal",
        ordered=False,
        grades=(GradeRow("C", 10, 0, 0.0, 0.0),),
        lifts=((0.05, 0.0),),
        calibration=(CalibrationBin(10, 0.0, 0.0),),
        calibrated_by="policy",
        flagged=Flagged(0, 0.0, None, 0.0),
        suspects=(),
        truncated=(),
    )
    page = Read(backtest_html(report))

    assert "No signal: the score tells nothing of the outcome." in page.texts
    assert 3 == len([picture for picture in drawn(page) if picture.startswith("<svg")])
