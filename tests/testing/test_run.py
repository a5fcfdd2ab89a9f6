"""The process that runs both kits: what it says, and how it ends. ``tests/cli/test_storage.py`` has the whole of it."""

import json
import os
import subprocess
import sys

from crmcore.testing.run import PRIVATE, shared_url


def python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python with what can be imported here."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_memory_gets_a_name():
    """So it can be opened twice; all other URLs are taken as they are."""
    assert shared_url("memory://").startswith("memory://kit-")
    assert shared_url("memory://") != shared_url("memory://")
    assert ["memory://x", "sqlite:///a.db"] == [shared_url("memory://x"), shared_url("sqlite:///a.db")]


def test_a_private_storage_is_not_tried():
    """Whoever opens it again would get another one, so nothing could be learnt."""
    done = python("-m", "crmcore.testing.run", "sqlite:///:memory:")

    assert (PRIVATE, "") == (done.returncode, done.stderr)
    assert [{"capabilities": ["join", "threads"]}] == [json.loads(line) for line in done.stdout.splitlines()]


def test_what_pytest_cannot_do_is_told():
    """If pytest itself fails, what it printed goes to standard error, and standard output stays JSON."""
    code = (
        "import sys, pytest\n"
        "def main(arguments, plugins):\n"
        "    print('what was printed')\n"
        "    return 3\n"
        "pytest.main = main\n"
        "from crmcore.testing.run import main\n"
        "sys.exit(main(['memory://']))"
    )
    done = python("-c", code)

    assert 3 == done.returncode
    assert "what was printed\n" == done.stderr
    assert [{"capabilities": ["threads"]}] == [json.loads(line) for line in done.stdout.splitlines()]


def test_an_unknown_scheme_is_an_error():
    """The exit status is neither of those that tell of tests."""
    done = python("-m", "crmcore.testing.run", "nowhere://x")

    assert "UnknownName" in done.stderr
    assert "" == done.stdout
