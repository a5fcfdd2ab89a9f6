"""``storage test``: which storages are taken, what is told, and the whole of it on a sound and on a broken one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crmcore.cli import storage
from crmcore.cli.storage import Result, is_new
from tests.cli.helpers import answer, cli, process

PLUGIN = """
import attrs
from crmcore import hookimpl
from crmcore.storage.interface import StoreBackend
from crmcore.storage.memory import MemoryStore, MemoryUnit, _Data

DATA = {}

class Late(MemoryUnit):
    def query(self, query):
        if query.hi is not None and isinstance(query.hi, int):
            query = attrs.evolve(query, hi=query.hi - 1)
        return super().query(query)

class LateStore(MemoryStore):
    def begin(self, space=""):
        return Late(self._data, space)

def open_late(url):
    print("opening")
    return LateStore(DATA.setdefault(url, _Data()))

@hookimpl
def crmcore_store_backends():
    return [StoreBackend(("late",), open_late)]
"""

FAILED: dict[str, Any] = {
    "kit": "store",
    "test": "test_x",
    "shows": "What it is to show.",
    "outcome": "failed",
    "why": "AssertionError: not so",
    "broken": ["broken – rule 4"],
    "detail": "at length",
}
SKIPPED: dict[str, Any] = {"kit": "store", "test": "test_y", "shows": "More.", "outcome": "skipped", "why": "it cannot"}
PASSED: dict[str, Any] = {"kit": "backend", "test": "test_z", "shows": "Much.", "outcome": "passed"}


@pytest.fixture
def late(tmp_path: Path) -> dict[str, str]:
    """Install a plugin that serves a broken backend, and give the environment in which it is found."""
    info = tmp_path / "late-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: late\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[crmcore]\nlate = late_backend\n", encoding="utf-8")
    (tmp_path / "late_backend.py").write_text(PLUGIN, encoding="utf-8")
    return {"PYTHONPATH": ":".join([str(tmp_path), *(path for path in sys.path if path)])}


def told(monkeypatch: pytest.MonkeyPatch, *tests: dict[str, Any], **more: Any) -> None:
    """Let the kits come to this without running them."""
    failed = any(test["outcome"] == "failed" for test in tests)
    fields: dict[str, Any] = {
        "status": int(failed),
        "capabilities": ["threads"],
        "expected": len(tests),
        "tests": list(tests),
        **more,
    }
    monkeypatch.setattr(storage, "run", lambda _url, **_options: Result(**fields))


def test_a_sound_storage_passes():
    """All tests of both kits run on a storage in memory; what it does not declare is skipped, with the reason."""
    result = cli("storage", "test", "memory://", "--quick")

    assert 0 == result.exit_code, result.stdout
    assert "declares: threads\n" in result.stdout
    assert "skipped 2: the store does not declare it – Capability durable: " in result.stdout
    assert " 0 failed, " in result.stdout
    assert result.stdout.endswith("The storage keeps its promises.\n")


def test_a_broken_storage_fails(late):
    """An installed plugin's backend is tested alike; each failure tells the promise that is broken."""
    done = process("storage", "test", "late://secret-word", "--quick", "--yes", "--json", env=late)
    data = json.loads(done.stdout.splitlines()[-1])
    found = {(test["kit"], test["test"]): test for test in data["failed"]}

    assert 1 == done.returncode, done.stderr
    assert (False, True, ["threads"]) == (data["ok"], data["complete"], data["capabilities"])
    assert "microsecond" in found["backend", "test_lifecycle_is_swept_to_the_microsecond"]["shows"]
    assert any(note.startswith("broken – query: ") for test in data["failed"] for note in test["broken"])
    assert all(test["why"] and test["detail"] for test in data["failed"])
    assert 100 < data["passed"]
    assert b"secret-word" not in done.stdout + done.stderr


def test_failures_are_told(monkeypatch):
    """What it was to show, which promise is broken, and what came; then how many, and the verdict."""
    told(monkeypatch, FAILED, SKIPPED, PASSED)
    result = cli("storage", "test", "memory://")

    assert 1 == result.exit_code
    assert [
        "declares: threads",
        "skipped 1: it cannot",
        "FAILED store, test_x",
        "  it is to show: What it is to show.",
        "  broken – rule 4",
        "  AssertionError: not so",
        "1 passed, 1 failed, 1 skipped",
        "The storage does not keep its promises.",
    ] == result.stdout.splitlines()


def test_in_chinese(monkeypatch):
    """What this command itself says; names of tests and promises are what they are."""
    told(monkeypatch, FAILED, PASSED, capabilities=["durable"])
    lines = cli("storage", "test", "memory://", "--lang", "zh").stdout.splitlines()

    assert "声明的能力：durable" == lines[0]
    assert "通过 1 项，失败 1 项，跳过 0 项" in lines
    assert "该存储符合全部约定。" not in lines
    assert "该存储不符合约定。" in lines


def test_as_json(monkeypatch):
    """Failed and skipped tests with all that is known of them; those that passed are counted."""
    told(monkeypatch, FAILED, SKIPPED, PASSED)
    data = answer("storage", "test", "memory://")

    assert {
        "ok": False,
        "complete": True,
        "capabilities": ["threads"],
        "passed": 1,
        "failed": [{key: value for key, value in FAILED.items() if key != "outcome"}],
        "skipped": [{key: value for key, value in SKIPPED.items() if key != "outcome"}],
    } == data


@pytest.mark.parametrize("more", [{"expected": 2}, {"status": -9}, {"tests": [], "expected": 0}], ids=str)
def test_what_did_not_end_has_not_passed(monkeypatch, more):
    """Kits that were cut short are told as such, and the status is 1."""
    told(monkeypatch, PASSED, **more)
    result = cli("storage", "test", "memory://")

    assert 1 == result.exit_code
    assert result.stdout.endswith("The kits did not come to an end.\n")


def test_what_stays_is_told(monkeypatch):
    """A durable storage keeps what the kits wrote; a plain one declares nothing."""
    told(monkeypatch, PASSED, capabilities=["durable"])
    durable = cli("storage", "test", "memory://").stdout
    told(monkeypatch, PASSED, capabilities=[])
    plain = cli("storage", "test", "memory://").stdout

    assert "What the kits wrote is still there" in durable
    assert "declares: nothing beyond the rules" in plain
    assert "still there" not in plain


def test_what_is_stored_somewhere_needs_a_word(monkeypatch, tmp_path):
    """Without --yes nothing is touched but memory and files that are not there yet."""
    told(monkeypatch, PASSED)
    there = tmp_path / "there.db"
    there.touch()
    refused = cli("storage", "test", f"sqlite:///{there}")
    agreed = cli("storage", "test", f"sqlite:///{there}", "--yes")

    assert (2, 0) == (refused.exit_code, agreed.exit_code)
    assert "--yes: is missing" in refused.stderr
    assert 0 == cli("storage", "test", f"sqlite:///{tmp_path / 'new.db'}").exit_code


@pytest.mark.parametrize(
    ("expected", "url"),
    [
        (True, "memory://"),
        (True, "memory://x"),
        (True, "sqlite:///absent-in-this-folder.db"),
        (False, "sqlite+pysqlite:///absent-in-this-folder.db"),
        (False, "postgresql:///x"),
    ],
    ids=str,
)
def test_what_counts_as_new(expected, url):
    """Storages in memory, and SQLite files that are absent; of all others nothing is known."""
    assert expected == is_new(url)


def test_a_storage_that_nobody_else_can_open_is_a_wrong_question():
    """Both kits open it more than once; status 2, and no traceback."""
    done = process("storage", "test", "sqlite:///:memory:")

    assert 2 == done.returncode
    assert b"under which others find the same storage" in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_unknown_scheme_is_a_wrong_question():
    """The schemes that are served are named."""
    data = answer("storage", "test", "nowhere://x", "--yes")

    assert "unknown-name" == data["error"]["code"]
    assert "memory" in data["error"]["message"]


@pytest.mark.parametrize("package", ["pytest", "hypothesis"])
def test_without_its_packages_it_says_how_to_get_them(monkeypatch, package):
    """One line and status 2."""
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(storage, "find_spec", lambda name: None if name == package else object())
    result = cli("storage", "test", "memory://")

    assert 2 == result.exit_code
    assert "pip install 'crmcore[testing]'" in result.stderr


def test_the_kit_looks_for_what_is_gone_in_a_sqlite_file(tmp_path: Path):
    """A URL of a file says where its bytes are at rest; SQLite keeps what it declares there, too."""
    options = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-k", "scrubbed"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--pyargs", "crmcore.testing.kits"],
        env={**os.environ, "CRM_KIT_URL": f"sqlite:///{tmp_path / 'kit.db'}", "PYTEST_ADDOPTS": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stdout
    assert "1 passed" in done.stdout
