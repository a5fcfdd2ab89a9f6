"""The diagrams on pages written by hand are what the lifecycle table gives."""

import re
from xml.etree import ElementTree as ET

import pytest

from crmcore.customers import LIFECYCLE, Absent
from docs._tools.picture import moves, svg
from docs._tools.reference import diagram
from tests.conftest import ROOT

BLOCK = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def diagrams_of(name: str) -> list[str]:
    """The Mermaid texts on a page; none when there is no such page."""
    path = ROOT / name
    return BLOCK.findall(path.read_text(encoding="utf-8")) if path.is_file() else []


@pytest.mark.parametrize(
    ("page", "lang"),
    [("README.md", "en"), ("docs/zh/README.md", "zh"), ("docs/explanation/lifecycle.md", "en")],
)
def test_diagrams_are_current(page, lang):
    """The page shows the diagram once, as the table gives it now."""
    found = diagrams_of(page)

    assert 1 == len(found), (
        f"{page} has {len(found)} mermaid blocks: put one there, from `crmcore diagram --lang {lang}`"
    )
    assert diagram(lang) == found[0], f"{page} has drifted: paste what `crmcore diagram --lang {lang}` prints"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pictures_show_every_move(lang):
    """The picture is well-formed and has every stage, every arrow and every label of the diagram."""
    root = ET.fromstring(svg(LIFECYCLE, Absent, lang))  # noqa: S314 — our own picture
    space = "{http://www.w3.org/2000/svg}"
    texts = {element.text for element in root.iter(f"{space}text")}
    arrows = moves(LIFECYCLE, Absent, lang)

    assert len(arrows) == diagram(lang).count("-->") == len(root.findall(f"{space}path"))
    assert len(LIFECYCLE.stages) - 1 == len(root.findall(f"{space}rect"))
    assert {word for move in arrows for word in move.label.split(" / ")} <= {
        word for text in texts for word in str(text).split(" / ")
    }
