"""``python -m crmcore.testing.run URL [--quick]``: both kits on the storage at a URL, told as JSON, one value a line.

First comes what the storage says it can do, then how many tests there are, then each test as it ends, with what it
shows; one that fails tells which promise is broken. The exit status is 0 when all passed, 1 when one failed, 8 when who
opens the URL again gets another storage; others are pytest's.
``crmcore storage test`` reads this; it is a process of its own because pytest changes the one it runs in.
"""

import json
import os
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from crmcore.testing import kits
from crmcore.testing.backend.opened import open_url
from crmcore.testing.store.kinds import KINDS, fresh, thing

#: Hypothesis examples of each property, as they are told to the kits.
EXAMPLES: Final = 100
#: The same when it has to be quick.
FEW: Final = 12
#: How much of a failed test's trace is passed on, in characters from its end.
MOST_DETAIL: Final = 4000

#: The exit status when a storage is private to who opens it; pytest's own end at 5.
PRIVATE: Final = 8

#: Nothing of what the caller has set up for pytest applies here.
FOREIGN: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "HYPOTHESIS_PROFILE")


class Report:
    """A pytest plugin that says what comes of each test."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._told: set[str] = set()

    def say(self, **what: object) -> None:
        """Write one line, whole and at once."""
        os.write(self._out, (json.dumps(what, ensure_ascii=False) + "\n").encode())

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say how much there is to do."""
        self.say(tests=len(session.items))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Function, call: "pytest.CallInfo[None]"
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Say how a test ended, once it has; one that fails while it is being torn down has failed."""
        report = yield
        ended = report.when == "call" or report.outcome != "passed"
        if ended and (item.nodeid not in self._told or report.outcome == "failed"):
            self._told.add(item.nodeid)
            self.say(**_about(item), outcome=report.outcome, **_why(report, call))
        return report


def _about(item: pytest.Function) -> dict[str, str]:
    kit = "store" if item.cls is kits.TestStore else "backend"
    return {"kit": kit, "test": item.name, "shows": " ".join((item.function.__doc__ or "").split())}


def _why(report: pytest.TestReport, call: "pytest.CallInfo[None]") -> dict[str, Any]:
    """Why a test was skipped or failed: in a line, which promises are broken, and at length."""
    if report.outcome == "passed" or call.excinfo is None:
        return {}
    error = call.excinfo.value
    if report.outcome == "skipped":
        return {"why": str(error).removeprefix("Skipped: ")}
    notes: list[str] = list(getattr(error, "__notes__", ()))
    first = str(error).strip().partition("\n")[0]
    return {
        "why": f"{type(error).__name__}: {first}" if first else type(error).__name__,
        "broken": [note for note in notes if note.startswith("broken")],
        "detail": report.longreprtext[-MOST_DETAIL:],
    }


def shared_url(url: str) -> str:
    """The URL as the kits use it: a private store in memory gets a name, so that it can be opened twice."""
    return f"memory://kit-{uuid4().hex}" if url == "memory://" else url


def is_shared(url: str) -> bool:
    """Whether who opens the URL once more finds what was stored there; some can be open only once at a time."""
    probe, space = thing("probe"), fresh()
    with closing(open_url(url)) as store:
        store.setup(KINDS)
        with store.begin(space) as uow:
            uow.write([probe])
    with closing(open_url(url)) as other:
        other.setup(KINDS)
        with other.begin(space) as uow:
            return bool(uow.get(probe.kind, [probe.id]))


def run(url: str, folder: Path, *, quick: bool, out: int) -> int:
    """Run both kits on a storage; the exit status of pytest."""
    os.environ |= {kits.URL: url, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HYPOTHESIS_STORAGE_DIRECTORY": str(folder)}
    os.environ.setdefault("CRM_KIT_SHRINK", "0")
    for name in FOREIGN:
        os.environ.pop(name, None)
    settings.register_profile(
        "kit", max_examples=FEW if quick else EXAMPLES, database=None, suppress_health_check=list(HealthCheck)
    )
    settings.load_profile("kit")
    config = folder / "pytest.ini"
    config.write_text("[pytest]\n", encoding="utf-8")
    # Short traces show no arguments: a location may hold a password.
    options = ["-c", str(config), "--rootdir", str(folder), "--basetemp", str(folder / "tmp"), "--tb=short"]
    return int(pytest.main([*options, "-p", "no:cacheprovider", "--pyargs", kits.__name__], plugins=[Report(out)]))


@contextmanager
def diverted(log: Path) -> Generator[int]:
    """Standard output as a file descriptor of its own; what pytest and the backend print goes to a file meanwhile."""
    sys.stdout.flush()
    out = os.dup(1)
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        try:
            yield out
        finally:
            sys.stdout.flush()
            os.dup2(out, 1)
            os.close(out)


def main(arguments: Sequence[str]) -> int:
    """Run the kits as the command line says.

    :raises CrmError: the storage cannot be opened.
    """
    [url, *flags] = arguments
    url = shared_url(url)
    with tempfile.TemporaryDirectory() as name:
        log = Path(name, "log")
        with diverted(log) as out:
            with closing(open_url(url)) as store:
                Report(out).say(capabilities=sorted(store.capabilities))
            if not is_shared(url):
                return PRIVATE
            status = run(url, Path(name), quick="--quick" in flags, out=out)
        if status not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            sys.stderr.write(log.read_text(encoding="utf-8", errors="replace")[-MOST_DETAIL:])
        return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
