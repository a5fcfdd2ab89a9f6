"""Runs the examples of a documentation page, one after the other, as a reader would.

Blocks of a page share one namespace and one temporary folder. What a fenced block means:

* ``python``  – run; with ``>>>`` at its start, compared with what it shows, as doctest does.
* ``console`` – each line starting with ``$`` is run by the shell; the lines after it are what it prints, where ``...``
  stands for anything. Without such lines only the exit code is looked at, which must be 0.
* ``bash``    – run as a script, which must succeed.
* other known languages (``toml``, ``json``, ``text`` …) are shown only.

An HTML comment right before a block changes that:

* ``<!-- skip: REASON -->``       – not run, for the reason given.
* ``<!-- command: NAME -->``      – not run here: CI runs it just as it stands.
* ``<!-- exit: CODE -->``         – the last command of the block ends with this exit code.
* ``<!-- file: NAME -->``         – the block is written to that file in the page's folder.
* ``<!-- output -->``             – the block is what the ``python`` block before it prints; ``...`` as above.

An unknown language or comment fails, so that no example goes unnoticed because of a slip of the pen.
"""

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sybil import Document, Example, Region, Sybil
from sybil.evaluators.doctest import DocTestEvaluator
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

SHOWN = {"csv", "html", "ini", "json", "jsonl", "markdown", "mermaid", "sql", "text", "toml", "xml", "yaml"}
COMMENTS = {"", "command", "exit", "file", "output", "skip"}
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
TIME_LIMIT = 120
"""Seconds that one command of a page may take."""

COMMENT = re.compile(r"<!--\s*(?P<name>[\w-]+)(?::[ \t]*(?P<value>[^\n]*?))?\s*-->\s*\Z")


class Mark(NamedTuple):
    """The comment before a block: its name and what follows the colon; both are empty where there is none."""

    name: str
    value: str


def parse(document: Document) -> Iterator[Region]:
    """Every fenced block of a page as a region of its own; Sphinx directives are not examples."""
    for region in RawFencedCodeBlockLexer(re.compile(r"(?P<language>[^\n]*)$\n", re.MULTILINE))(document):
        language = region.lexemes["language"].strip()
        if language.startswith("{"):
            continue
        region.lexemes["language"] = language
        region.lexemes["mark"] = mark_before(document.text[: region.start])
        region.parsed = region.lexemes["source"]
        region.evaluator = evaluate
        yield region


def mark_before(text: str) -> Mark:
    """The comment that ends this text."""
    match = COMMENT.search(text)
    return Mark(match["name"], match["value"] or "") if match else Mark("", "")


def evaluate(example: Example) -> str | None:
    """Run one block; give back what is wrong, or None."""
    mark = example.region.lexemes["mark"]
    fault = fault_of(mark)
    if fault or mark.name in {"skip", "command"}:
        return fault
    if mark.name == "file":
        Path(mark.value).write_text(example.parsed, encoding="utf-8")
        return None
    if mark.name == "output":
        return compare("the block before", example.parsed, example.namespace.pop("__printed__", ""))
    return run(example, int(mark.value) if mark.name == "exit" else 0)


def fault_of(mark: Mark) -> str | None:
    """What is wrong with a comment, or None."""
    if mark.name not in COMMENTS:
        return f"unknown comment {mark.name!r} before a block"
    if not mark.value and mark.name not in {"", "output"}:
        return f"the comment {mark.name!r} before a block needs a text after its colon"
    return None


def run(example: Example, exit_code: int) -> str | None:
    """Run a block by its language; give back what is wrong, or None."""
    language = example.region.lexemes["language"]
    if language == "python":
        return run_python(example)
    if language == "console":
        return run_console(example.parsed, exit_code)
    if language == "bash":
        return run_script(example.parsed, exit_code)
    return None if language in SHOWN else f"unknown language {language!r}: name one that tests/docs/pages.py knows"


def run_python(example: Example) -> str | None:
    """Run Python in the page's namespace and keep what it prints; with prompts, compare as doctest does."""
    if example.parsed.startswith(">>>"):
        return run_doctest(example)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        PythonEvaluator()(example)
    example.namespace["__printed__"] = printed.getvalue()
    return None


def run_doctest(example: Example) -> str | None:
    """Compare a session at the prompt with what it shows."""
    evaluator = DocTestEvaluator(FLAGS)
    for region in DocTestStringParser(evaluator)(example.parsed, example.path):
        part = Example(example.document, example.line, 1, region, example.namespace)
        fault = evaluator(part)
        if fault:
            return fault
    return None


def run_console(source: str, exit_code: int) -> str | None:
    """Run each command of a console session and compare what it prints with the lines after it."""
    steps = list(steps_of(source))
    if not steps:
        return "a console block needs a line that starts with '$ '"
    for number, (command, expected) in enumerate(steps, start=1):
        wanted = exit_code if number == len(steps) else 0
        done = shell(command)
        if done.returncode != wanted:
            return f"$ {command}\nended with {done.returncode} instead of {wanted}:\n{done.stdout}"
        fault = compare(f"$ {command}", expected, done.stdout) if expected else None
        if fault:
            return fault
    return None


def steps_of(source: str) -> Iterator[tuple[str, str]]:
    """The commands of a console session, each with the lines that follow it; a backslash continues a command."""
    command, expected, open_ended = "", "", False
    for line in source.splitlines():
        if open_ended:
            command += "\n" + line.removeprefix("> ")
        elif line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line[2:], ""
        else:
            expected += line + "\n"
            continue
        open_ended = command.endswith("\\")
    if command:
        yield command, expected


def run_script(source: str, exit_code: int) -> str | None:
    """Run a shell script that stops at its first failure."""
    done = shell(f"set -e\n{source}")
    if done.returncode == exit_code:
        return None
    return f"ended with {done.returncode} instead of {exit_code}:\n{done.stdout}"


def shell(command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as a reader with this environment activated would, at a plain terminal of 120 columns."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    plain = {"PATH": path, "COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"}
    return subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, **plain},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=TIME_LIMIT,
        check=False,
    )


def compare(what: str, expected: str, printed: str) -> str | None:
    """Both texts, if the second is not what the first describes; blanks at line ends do not count."""
    wanted, got = plain(expected), plain(printed)
    if doctest.OutputChecker().check_output(wanted, got, doctest.ELLIPSIS):
        return None
    return f"{what}\nis to print:\n{wanted}but prints:\n{got}"


def plain(text: str) -> str:
    """The text without blanks at the ends of its lines, and without empty lines around it."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


def check_page(path: Path) -> int:
    """Run all examples of a page in the current folder; say how many there are. The first one that fails raises."""
    examples = list(Sybil([parse]).parse(path).examples())
    for example in examples:
        place = f"{path}:{example.line}"
        try:
            fault = evaluate(example)
        except Exception as error:
            error.add_note(f"in the example at {place}")
            raise
        if fault:
            msg = f"{place}: {fault}"
            raise AssertionError(msg)
    return len(examples)
