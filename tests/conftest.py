"""What all tests share: Hypothesis profiles, servers, and the way to data that is not part of the project."""

import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.servers.mariadb import MariaDB
from tests.servers.postgres import Postgres
from tests.servers.running import NoServer

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent

settings.register_profile("default", max_examples=100, deadline=None)
# The same examples each time, so more of them would find nothing new the next time; `default` and `nightly` look
# further. A busy machine alone makes no test fail.
settings.register_profile(
    "ci",
    max_examples=40,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("nightly", max_examples=5000, stateful_step_count=200, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "default"))


#: These run much code that other tests cover line by line, over and over: measuring them would take as long again.
UNMEASURED = ("kit", "properties", "real", "testing/test_backend")


#: What takes longest begins first, so that no worker is left with it in the end.
FIRST = ("properties", "real", "testing", "docs", "kit", "hosts", "storage")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out of coverage what tells it nothing new, and put first what takes longest."""
    for item in items:
        if _place(item).startswith(UNMEASURED):
            item.add_marker("no_cover")
    turns = {folder: turn for turn, folder in enumerate(FIRST)}
    items.sort(key=lambda item: turns.get(_place(item).partition("/")[0], len(FIRST)))


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Forget what was worked out unmeasured and kept, so that it is worked out again where it is measured."""
    if nextitem is not None and _is_unmeasured(item) and not _is_unmeasured(nextitem):
        modules = [module for name, module in sys.modules.items() if name.partition(".")[0] == "crmcore"]
        for kept in (value for module in modules for value in vars(module).values() if isinstance(value, CACHED)):
            kept.cache_clear()


#: What ``functools.cache`` makes of a function.
CACHED = type(cache(len))


def _is_unmeasured(item: pytest.Item) -> bool:
    return item.get_closest_marker("no_cover") is not None


def _place(item: pytest.Item) -> str:
    """Where a test stands within the tests; "" for one that is no file of ours."""
    return item.path.relative_to(TESTS).as_posix() if item.path.is_relative_to(TESTS) else ""


def pytest_report_header() -> str:
    """Name the package under test and the Hypothesis profile at the head of each run."""
    import crmcore

    return f"crmcore: {Path(crmcore.__file__).parent}; Hypothesis profile: {settings.get_current_profile_name()}"


def required(need: str) -> bool:
    """Whether ``need`` stands in CRM_REQUIRE, so that its absence fails a test instead of skipping it."""
    return need in os.environ.get("CRM_REQUIRE", "").split(",")


def data_folder() -> Path:
    """The folder with real data: CRMCORE_DATA, or shared/data beside the checkout."""
    return Path(os.environ.get("CRMCORE_DATA") or ROOT.parent / "shared" / "data")


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Give the path of a file of real data by its name; skip the test where the file is absent."""

    def path_of(name: str) -> Path:
        path = data_folder() / name
        if path.is_file():
            return path
        reason = f"{name} is not here: set CRMCORE_DATA to the folder that holds it"
        if required("data"):
            pytest.fail(f"{reason}, or take 'data' out of CRM_REQUIRE")
        pytest.skip(reason)

    return path_of


def server(need: str, start: Callable[[], Any]) -> Any:
    """A server that is started; where its programs are absent, the test is skipped, or fails if it is required."""
    try:
        return start()
    except NoServer as missing:
        if required(need):
            pytest.fail(f"{need} is required: {missing}")
        pytest.skip(f"no {need}: {missing}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give a PostgreSQL server for the whole session."""
    running = server("pg", Postgres)
    yield running
    running.close()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """Give a MariaDB server for the whole session."""
    running = server("mariadb", MariaDB)
    yield running
    running.close()
