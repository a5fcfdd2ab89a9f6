"""Every example on every page runs."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.pages import check_page

PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The page's examples run from first to last in an empty folder and print what the page says."""
    monkeypatch.chdir(tmp_path)

    assert check_page(page) >= 0
