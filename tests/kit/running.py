"""Runs tests of the kit in a process of its own, as an author would, and reads what came of them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from tests.conftest import ROOT


class Result(NamedTuple):
    """What came of a test – "passed", "skipped", "failure", or "error" for what goes wrong around it – and why."""

    kind: str
    text: str


#: What came of each test, by class and test.
Report = Mapping[tuple[str, str], Result]

#: Without xdist, and without the settings that the project's own tests are run with.
OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=--import-mode=importlib")


def run(folder: Path, *selected: str) -> Report:
    """Run tests without shrinking; reports and files go to the folder."""
    result = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", *OPTIONS, f"--junitxml={result}", f"--basetemp={folder / 'tmp'}"]
    process = subprocess.run(
        [*command, *selected],
        cwd=ROOT,
        env={**os.environ, "CRM_KIT_SHRINK": "0", "HYPOTHESIS_PROFILE": "ci"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.exists(), process.stdout + process.stderr
    return dict(_reported(result))


def _reported(result: Path) -> Iterator[tuple[tuple[str, str], Result]]:
    for case in ET.parse(result).iter("testcase"):  # noqa: S314 — pytest wrote it
        kinds = {child.tag: child for child in case if child.tag in {"failure", "error", "skipped"}}
        kind, child = kinds.popitem() if kinds else ("passed", None)
        text = "" if child is None else f"{child.attrib.get('message', '')}\n{child.text}"
        yield (case.attrib["classname"].rpartition(".Test")[2], case.attrib["name"]), Result(kind, text)
