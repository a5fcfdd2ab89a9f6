"""Running the command line in tests: in this process, or as a program of its own."""

import json
import os
import subprocess
import sys
from typing import Any

from click.testing import CliRunner, Result

from crmcore.cli.program import program

CLEAN = {"CRMCORE_STORAGE": None, "CRMCORE_LANG": None, "COLUMNS": "80"}


def cli(*args: object, input: str | bytes | None = None) -> Result:
    """Run a command in this process; what it does not catch is raised here."""
    result = CliRunner(env=CLEAN).invoke(program, [str(arg) for arg in args], input=input)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def answer(*args: object, input: str | bytes | None = None) -> Any:
    """The one JSON value that a command prints with --json."""
    return json.loads(cli(*args, "--json", input=input).stdout)


def lines(text: str) -> list[Any]:
    """JSON lines as values."""
    return [json.loads(line) for line in text.splitlines()]


def process(*args: object, input: bytes = b"", **more: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a program of its own."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("CRMCORE_")} | more.pop("env", {})
    command = [sys.executable, "-m", "crmcore.cli", *(str(arg) for arg in args)]
    return subprocess.run(command, input=input, capture_output=True, env=env, timeout=300, check=False, **more)


LI = {"id": "li", "roles": ["pre-sales"], "teams": ["north"]}
BOSS = {"id": "boss", "roles": ["manager"]}
WANG = {"id": "wang", "roles": ["pre-sales"]}


def give(do: str, at: str = "2026-03-01T09:00:00+08:00", actor: object = LI, **fields: object) -> dict[str, Any]:
    """A command as ``run`` reads it."""
    return {"at": at, "actor": actor, "do": do, **fields}


def registration(id: str = "C1", name: str = "靖江市春意空调有限公司", **fields: object) -> dict[str, Any]:
    """A complete registration."""
    rest = {"address": "示例路1号", "industry": "制造业", "phone": "0523-55501234", "introduction": "空调"}
    every: dict[str, Any] = {"id": id, "name": name, **rest, **fields}
    return give("register", **every)


def jsonl(*commands: object) -> str:
    """Commands as JSON lines; text stands as it is."""
    return "".join(f"{one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)}\n" for one in commands)
