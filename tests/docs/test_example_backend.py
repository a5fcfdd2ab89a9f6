"""The example of a backend, installed as its users would install it: its tests pass, and its URLs work."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "crmcore-zodb"
TIME_LIMIT = 300
"""Seconds that one command may take."""

Run = Callable[..., str]
Kit = Callable[..., list[ET.Element]]

#: Read by pytest before the tests: from then on, units of work do not wait for each other.
WITHOUT_TURNS = """
    from contextlib import nullcontext

    from crmcore_zodb.database import Turns

    Turns.turn = lambda self: nullcontext()
"""

#: Pairs of units of which the second ends while the first is open, without turns: how many of the two pass.
OVERLAPS = """
    import without_turns

    from crmcore.errors import Transient
    from crmcore.storage.interface import Guard, Index, Kind, NewEvent, Write
    from crmcore_zodb import open_store

    store = open_store("notes.fs")
    store.setup([Kind("note", {"name": str}, (Index("by_name", ("name",), unique=True),))])


    def put(id, expected=0, **columns):
        return lambda uow: uow.write([Write("note", id, expected, b"", columns)])


    def guard(id, version):
        return lambda uow: uow.write([Guard("note", id, version), Write("note", "guarded", 0, b"")])


    def append(uow):
        uow.append([NewEvent("s", "t", b"")])


    def passed(space, first, second):
        with store.begin(space) as uow:
            uow.write([Write("note", "a", 0, b""), Write("note", "b", 0, b"")])
        try:
            with store.begin(space) as one, store.begin(space) as two:
                first(one)
                second(two)
        except Transient:
            return 1
        return 2


    print("updates:", passed("1", put("a", 1), put("a", 1)))
    print("update, delete:", passed("2", put("a", 1), lambda uow: uow.write([Write("note", "a", 1, None)])))
    print("inserts:", passed("3", put("c"), put("c")))
    print("keys:", passed("4", put("c", name="n"), put("d", name="n")))
    print("guard, update:", passed("5", guard("a", 1), put("a", 1)))
    print("guard, delete:", passed("6", guard("a", 1), lambda uow: uow.write([Write("note", "a", 1, None)])))
    print("guard of absence, insert:", passed("7", guard("c", 0), put("c")))
    print("appends:", passed("8", append, append))
    print("apart:", passed("9", put("a", 1), put("b", 1)))
"""

#: What the README of the example says: by URL, by one store at a time, and packed.
USE = """
    import os

    import ZODB

    from crmcore import CRM, Actor
    from crmcore.customers import Register
    from crmcore.errors import Unavailable

    li = Actor("li", roles={"pre-sales"})
    made_up = {"address": "1 Example Road", "industry": "C", "phone": "0523-1234567", "introduction": "Made up."}
    with CRM.open("zodb:///sales.fs") as crm:
        for number in range(50):
            crm.handle(Register(name=f"Made-up Works {number} Ltd", **made_up), actor=li)
        try:
            CRM.open("zodb:///sales.fs")
        except Unavailable as error:
            print(error.detail)

    grown = os.path.getsize("sales.fs")
    database = ZODB.DB("sales.fs")
    database.pack()
    database.close()
    print(os.path.getsize("sales.fs") < grown / 5)

    with CRM.open("zodb:///" + os.path.abspath("sales.fs")) as crm:
        print(len(crm.customers.all()), list(crm.verify()))
"""

#: A full disk (as a limit on the size of files), a disk that fails when a commit is flushed, and files of others.
FAULTS = """
    import os
    import resource
    import signal
    import sys

    import ZODB.FileStorage

    from crmcore import CrmError
    from crmcore.storage.interface import Kind, Write
    from crmcore_zodb import open_store, open_url


    def said(job, *given):
        try:
            job(*given)
        except CrmError as error:
            return type(error).__name__
        return "nothing"


    def write(id, body=b""):
        with store.begin() as uow:
            uow.write([Write("note", id, 0, body)])


    def ids():
        with store.read() as uow:
            return [record.id for record in uow.get("note", "abcd")]


    def fails(handle):
        raise OSError(5, "Input/output error")


    store = open_store("notes.fs")
    store.setup([Kind("note", {})])
    write("a")

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize("notes.fs") + 50_000, unlimited[1]))
    print("full:", said(write, "b", os.urandom(100_000)))
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    write("c")
    print(ids())

    module = sys.modules["ZODB.FileStorage.FileStorage"]
    fsync, module.fsync = module.fsync, fails
    print("flush:", said(write, "d"))
    module.fsync = fsync
    print("after it:", said(write, "e"), said(ids), said(store.close))
    store = open_store("notes.fs")
    print(ids())
    store.close()

    with open("letter.txt", "w") as file:
        file.write("Dear customer" * 100)
    print("letter:", said(open_store, "letter.txt"), "folder:", said(open_store, "."))
    print("nowhere:", said(open_store, "nowhere/notes.fs"))
    print("URLs:", *(said(open_url, url) for url in ("zodb://", "zodb:///", "zodb:/notes.fs", "zodb:///a.fs?timeout=5")))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install a copy of the folder without the network, and name the folder it is installed in."""
    folder = tmp_path_factory.mktemp("zodb")
    source, target = folder / "source", folder / "target"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index")
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)

    assert 0 == done.returncode, done.stdout + done.stderr
    return target


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    """Give a function that runs Python with the example installed, in an empty folder; what was printed."""
    elsewhere = [str(Path(folder).resolve()) for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    path = os.pathsep.join([str(installed), *elsewhere])

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            timeout=TIME_LIMIT,
            check=False,
        )

        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def kit(run: Run, tmp_path: Path) -> Kit:
    """Give a function that runs the example's own tests, all of which must pass; the report on each of them."""

    def kit(*arguments: str) -> list[ET.Element]:
        shutil.copy(EXAMPLE / "tests" / "test_zodb.py", tmp_path)
        report = tmp_path / "report.xml"
        run("-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", f"--junit-xml={report}", *arguments)
        return list(ET.parse(report).iter("testcase"))  # noqa: S314  (our own report)

    return kit


def test_the_example_passes_the_kit(kit: Kit):
    """Both parts of the kit pass; what is skipped is what the store does not claim to do."""
    tests = kit()
    reasons = [skipped.attrib["message"] for test in tests for skipped in test.iter("skipped")]

    assert {"test_zodb.TestStore", "test_zodb.TestBackend"} == {test.attrib["classname"] for test in tests}
    assert len(tests) > 5 * len(reasons)
    assert [] == [reason for reason in reasons if "does not declare" not in reason]


@pytest.fixture
def without_turns(tmp_path: Path) -> str:
    """Write the module that switches turns off, and name it."""
    (tmp_path / "without_turns.py").write_text(dedent(WITHOUT_TURNS), encoding="utf-8")
    return "without_turns"


def test_the_example_passes_the_kit_without_turns(kit: Kit, without_turns: str):
    """The rules hold by what ZODB notices at a commit: the kit passes when nobody waits for anybody."""
    assert len(kit("-p", without_turns, "-k", "TestStore and not agrees")) > 100


def test_the_example_needs_no_turns(run: Run, without_turns: str):
    """Of two units that overlap and exclude each other one passes, whether or not they append events as well."""
    assert [
        "updates: 1",
        "update, delete: 1",
        "inserts: 1",
        "keys: 1",
        "guard, update: 1",
        "guard, delete: 1",
        "guard of absence, insert: 1",
        "appends: 1",
        "apart: 2",
    ] == run("-c", dedent(OVERLAPS)).splitlines()


def test_the_test_file_is_short():
    """What an author writes to test a backend are fewer than 15 lines."""
    assert len((EXAMPLE / "tests" / "test_zodb.py").read_text(encoding="utf-8").splitlines()) < 15


def test_the_example_is_found_by_its_url(run: Run):
    """With the package installed, its URLs open; a second store is told so; packing keeps what is current."""
    assert [
        "somebody else has it open: another process, or another store in this one",
        "True",
        "50 []",
    ] == run("-c", dedent(USE)).splitlines()


def test_the_command_line_runs_the_kit(run: Run):
    """`crmcore storage test` finds the installed backend by its URL, and finds nothing wrong."""
    printed = run("-m", "crmcore.cli", "storage", "test", "zodb:///sales.fs", "--yes", "--quick")

    assert "declares: durable, read, threads" in printed
    assert "The storage keeps its promises." in printed


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_the_example_lets_no_foreign_error_out(run: Run):
    """A full or failing disk, and files that are not ZODB's, give errors of crmcore's; the file stays usable."""
    assert [
        "full: StorageFull",
        "['a', 'c']",
        "flush: OutcomeUnknown",
        "after it: Unavailable Unavailable nothing",
        "['a', 'c', 'd']",
        "letter: Unavailable folder: Unavailable",
        "nowhere: Unavailable",
        "URLs: Invalid Invalid Invalid Invalid",
    ] == run("-c", dedent(FAULTS)).splitlines()
