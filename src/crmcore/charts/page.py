"""A page of figures and charts: one HTML file with everything in it, as it may be read where no network is.

What a page says stands in it as text and tables; charts are drawn from the same rows by scripts that the page brings
along. A policy in its head forbids it to load anything.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from typing import Any, Final

import altair as alt
import vl_convert
from attrs import frozen

from crmcore.kernel.refusals import Label
from crmcore.wording import Language

FONT: Final = 'system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'
#: One colour for what was found, one for what it is compared with; told apart in grey, too.
INK, MARK, GUIDE, PALE = "#1f2933", "#2563a8", "#b45309", "#d9e2ec"

#: What opens the table below a chart.
FIGURES: Final = Label("figures", "数据")

_TAGS: Final = {"zh": "zh-Hans", "en": "en"}

_STYLE: Final = f"""
:root {{ color-scheme: light; }}
body {{ font-family: {FONT}; color: {INK}; margin: 2rem auto; max-width: 70rem; padding: 0 1.5rem; line-height: 1.5; }}
h1 {{ font-size: 1.6rem; margin: 0; }}
h2 {{ font-size: 1.1rem; margin: 0 0 .25rem; }}
p {{ margin: .25rem 0; }}
.note {{ color: #52606d; font-size: .9rem; }}
.verdict {{ font-size: 1.05rem; font-weight: 600; margin: .75rem 0; }}
dl {{ display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0 1.5rem; }}
dl div {{ border: 1px solid {PALE}; border-radius: .5rem; padding: .5rem .9rem; }}
dt {{ color: #52606d; font-size: .85rem; }}
dd {{ margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }}
dd small {{ font-size: .8rem; color: #52606d; }}
section {{ margin: 0 0 2rem; }}
.sides {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 0 2.5rem; }}
.chart {{ width: 100%; min-height: 21rem; }}
table {{ border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; margin: .5rem 0; }}
th, td {{ padding: .2rem 1.2rem .2rem 0; text-align: left; border-bottom: 1px solid {PALE}; }}
th {{ font-weight: 600; }}
.number {{ text-align: right; }}
summary {{ color: #52606d; font-size: .9rem; cursor: pointer; }}
"""

#: Draws the charts whose specifications stand in the page.
_DRAW: Final = """
for (const place of document.querySelectorAll("[data-chart]")) {
  const told = document.getElementById(place.dataset.chart);
  vegaEmbed(place, JSON.parse(told.textContent), {mode: "vega-lite", actions: false, renderer: "svg"});
}
"""


@frozen
class Table:
    """Rows under a head; the first ``texts`` columns are texts, the others numbers."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1


@frozen
class Section:
    """A heading, a sentence, and what they are about: a table, or a chart with the table of what it shows."""

    title: str
    note: str
    table: Table
    chart: "alt.LayerChart | alt.FacetChart | None" = None


@frozen
class Page:
    """A page: its title and a line below, a verdict, figures with their names, and sections."""

    title: str
    subtitle: str
    verdict: str
    figures: Sequence[tuple[str, str, str]]
    sections: Sequence[Section]
    lang: Language

    def html(self) -> str:
        """The whole page."""
        drawn = any(section.chart is not None for section in self.sections)
        scripts = f"<script>{_scripts()}</script>\n" if drawn else ""
        return (
            f'<!doctype html>\n<html lang="{_TAGS[self.lang]}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; img-src data:\">\n"
            f"<title>{escape(self.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
            f'<h1>{escape(self.title)}</h1>\n<p class="note">{escape(self.subtitle)}</p>\n'
            f'<p class="verdict">{escape(self.verdict)}</p>\n'
            f'{_figures(self.figures)}<div class="sides">\n{"".join(_sections(self.sections, self.lang))}</div>\n'
            f"</main>\n{scripts}</body>\n</html>\n"
        )


def _figures(figures: Iterable[tuple[str, str, str]]) -> str:
    told = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)} <small>{escape(more)}</small></dd></div>\n"
        for name, value, more in figures
    )
    return f"<dl>\n{told}</dl>\n" if told else ""


def _sections(sections: Sequence[Section], lang: Language) -> Iterable[str]:
    for number, section in enumerate(sections, 1):
        title = escape(section.title)
        yield f'<section>\n<h2>{title}</h2>\n<p class="note">{escape(section.note)}</p>\n'
        if section.chart is None:
            yield _table(section.table)
        else:
            yield f'<div class="chart" data-chart="chart-{number}" role="img" aria-label="{title}"></div>\n'
            yield f'<script type="application/json" id="chart-{number}">{_spec(section.chart)}</script>\n'
            yield f"<details>\n<summary>{FIGURES.text(lang)}</summary>\n{_table(section.table)}</details>\n"
        yield "</section>\n"


def _table(table: Table) -> str:
    kinds = [("" if place < table.texts else ' class="number"') for place in range(len(table.head))]
    head = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(table.head, kinds, strict=True))
    rows = "".join(
        "<tr>" + "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>\n"
        for row in table.rows
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"


def _spec(chart: "alt.LayerChart | alt.FacetChart") -> str:
    """A chart's specification, in which nothing can end the element it stands in."""
    spec: dict[str, Any] = chart.configure(font=FONT).configure_axis(labelFontSize=12, titleFontSize=12).to_dict()
    del spec["$schema"]
    return json.dumps(spec, ensure_ascii=False).replace("<", "\\u003c")


@cache
def _scripts() -> str:
    """Vega, Vega-Lite and Vega-Embed, as they come with vl-convert, and what has them draw."""
    bundle: str = vl_convert.javascript_bundle(_DRAW)
    return bundle.replace("</script", "<\\/script")
