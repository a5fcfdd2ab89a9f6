"""The runner of examples finds what is wrong with a page, and says where."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import check_page, steps_of


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a page whose fences are given as ~~~, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def page(text: str) -> Path:
        path = tmp_path / "page.md"
        path.write_text(text.replace("~~~", "```"), encoding="utf-8")
        return path

    return page


@pytest.mark.parametrize(
    "text",
    [
        "~~~python\nassert 2 == 1 + 1\n~~~",
        "~~~python\na = 2\n~~~\nthen\n~~~python\nassert 2 == a\n~~~",
        "~~~python\nprint('one', 2)\n~~~\n<!-- output -->\n~~~text\none ...\n~~~",
        "~~~python\n>>> 1 + 1\n2\n~~~",
        "~~~console\n$ echo one\none\n$ echo two three\ntwo ...\n$ echo silent\n~~~",
        "~~~console\n$ echo \\\n>   one\none\n~~~",
        "<!-- exit: 3 -->\n~~~console\n$ echo one\none\n$ exit 3\n~~~",
        "~~~bash\ntest 1 = 1\n~~~",
        '<!-- file: p.toml -->\n~~~toml\na = 1\n~~~\n~~~python\nassert "a = 1\\n" == open("p.toml").read()\n~~~',
        "<!-- skip: it would take a year -->\n~~~python\nassert False\n~~~",
        "<!-- command: demo -->\n~~~bash\nexit 1\n~~~",
        "~~~{toctree}\nnowhere\n~~~",
    ],
    ids=[
        "python",
        "namespace",
        "output",
        "prompt",
        "console",
        "continued",
        "exit",
        "bash",
        "file",
        "skip",
        "command",
        "directive",
    ],
)
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_good_pages_pass(page, text):
    """A page that shows the truth passes."""
    assert check_page(page(text)) == text.count("~~~") // 2 - text.count("~~~{")


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("\n~~~python\nprint(1)\n~~~\n<!-- output -->\n~~~text\n2\n~~~", 6, "but prints:\n1"),
        ("~~~python\n>>> 1 + 1\n3\n~~~", 1, "Expected:"),
        ("~~~console\n$ echo one\ntwo\n~~~", 1, "$ echo one\nis to print:\ntwo\nbut prints:\none"),
        ("~~~console\n$ exit 3\n~~~", 1, "ended with 3 instead of 0"),
        ("~~~console\n$ exit 3\n$ echo one\n~~~", 1, "ended with 3 instead of 0"),
        ("<!-- exit: 2 -->\n~~~console\n$ echo one\n~~~", 2, "ended with 0 instead of 2"),
        ("~~~console\necho one\n~~~", 1, "needs a line that starts with '$ '"),
        ("~~~bash\nfalse\ntrue\n~~~", 1, "ended with 1"),
        ("<!-- skip: -->\n~~~python\n1\n~~~", 2, "'skip' before a block needs a text"),
        ("<!-- skip -->\n~~~python\n1\n~~~", 2, "'skip' before a block needs a text"),
        ("<!-- skpi: slow -->\n~~~python\n1\n~~~", 2, "unknown comment 'skpi'"),
        ("~~~py\n1\n~~~", 1, "unknown language 'py'"),
        ("~~~\n1\n~~~", 1, "unknown language ''"),
    ],
    ids=[
        "output",
        "prompt",
        "console",
        "code",
        "early-code",
        "exit",
        "no-command",
        "bash",
        "empty-reason",
        "no-reason",
        "comment",
        "language",
        "no-language",
    ],
)
def test_bad_pages_fail(page, text, line, fault):
    """A page that shows something else than the truth fails with its line and what is wrong."""
    path = page(text)

    with pytest.raises(AssertionError, match=re.escape(f"{path}:{line}: ")) as caught:
        check_page(path)

    assert fault in str(caught.value)


def test_errors_name_the_place(page):
    """An exception in an example keeps its type, and its traceback points to the line on the page."""
    path = page("text\n\n~~~python\na = 1\nb = a / 0\n~~~")

    with pytest.raises(ZeroDivisionError) as caught:
        check_page(path)

    assert [f"in the example at {path}:3"] == caught.value.__notes__
    assert (str(path), 5) == (str(caught.traceback[-1].path), caught.traceback[-1].lineno + 1)


def test_console_lines_are_told_apart():
    """Commands, their continuations and what they print are told apart by how their lines begin."""
    source = "$ one \\\n  --flag\nprinted\n\nmore\n$ two\n"

    assert [("one \\\n  --flag", "printed\n\nmore\n"), ("two", "")] == list(steps_of(source))
