"""The README shows what the demo really prints, and the two commands stand there as CI runs them."""

import re
from pathlib import Path

from click.testing import CliRunner

from crmcore.cli.program import program

README = Path(__file__).parents[2] / "README.md"
WIDTH = "100"


def shown() -> str:
    """The demo's output as the README shows it."""
    text = README.read_text(encoding="utf-8")
    found = re.search(r"The demo prints.*?```text\n(.*?)```\n", text, re.DOTALL)
    assert found is not None, "README.md shows no output of the demo"
    return found.group(1)


def test_the_readme_shows_what_the_demo_prints(monkeypatch):
    """Every line of the shown output is what `crmcore demo` prints now; spaces at the end of a line aside."""
    monkeypatch.setenv("COLUMNS", WIDTH)
    printed = CliRunner().invoke(program, ["demo"]).output

    assert [line.rstrip() for line in printed.splitlines()] == shown().splitlines()
