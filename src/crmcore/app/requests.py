"""Reading commands that other programs send: one JSON object each, turned into a ``Request`` or into named faults.

The object says when, who, what, and what the command itself says::

    {
        "at": "2026-03-01T09:00:00+08:00",
        "actor": {"id": "li", "roles": ["pre-sales"]},
        "do": "protect",
        "customer": "C1",
    }

``at`` may be left out: the command is then given now. Whatever is sent, the answer is a request or ``Invalid``.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import attrs

from crmcore.app.commands import COMMANDS
from crmcore.app.outcome import Request
from crmcore.customers.commands import Command
from crmcore.errors import Fault, Invalid
from crmcore.kernel.actors import Actor
from crmcore.kernel.times import parse_instant
from crmcore.kernel.validators import faults_of
from crmcore.kernel.wire import read, tame
from crmcore.ratings.base import RATING_RIGHTS

#: The fields that every request has; all others are the command's own.
ENVELOPE = ("at", "actor", "do")
WHOLE = "(all)"
EXPECTED_JSON = "one JSON object"


def read_request(line: str | bytes) -> Request:
    """The request that one line of JSON holds; bytes must be UTF-8.

    :raises Invalid: with every fault found; paths are the names of the fields as they stand in the line.
    """
    return request_from(parsed(line))


def parsed(line: str | bytes) -> Any:
    """A line as plain data, more strictly than JSON alone: no name stands twice, and there is no NaN or Infinity.

    :raises Invalid: it is not UTF-8, not JSON, nested too deeply, or holds text that cannot be stored.
    """
    try:
        text = line if isinstance(line, str) else line.decode("utf-8")
        data = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError:
        raise Invalid([Fault(WHOLE, "bad-encoding", "UTF-8 text")]) from None
    except json.JSONDecodeError as error:
        raise Invalid([Fault(WHOLE, "bad-json", f"{EXPECTED_JSON}; {_where(error)}")]) from None
    except RecursionError:
        raise Invalid([Fault(WHOLE, "bad-json", f"{EXPECTED_JSON}, not so deeply nested")]) from None
    except Invalid:
        raise
    except ValueError:  # a number with more digits than Python reads
        raise Invalid([Fault(WHOLE, "bad-json", f"{EXPECTED_JSON}, with shorter numbers")]) from None
    # Text that cannot be stored comes in by an escape only: as such it is neither UTF-8 nor JSON.
    faults = list(_unstorable(data, "")) if "\\u" in text else []
    if faults:
        raise Invalid(faults)
    return data


def _where(error: json.JSONDecodeError) -> str:
    """Where the parser stopped. Its own words are left out: some of them repeat the input."""
    return f"reading stopped at character {error.pos + 1}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise Invalid([Fault(tame(name), "duplicate", "each name once") for name in twice])
    return data


def _constant(_name: str) -> Any:
    raise Invalid([Fault(WHOLE, "bad-json", f"{EXPECTED_JSON}; NaN and Infinity are not JSON")])


def _unstorable(data: Any, path: str) -> Iterator[Fault]:
    """Texts, names of fields included, with characters that no storage holds."""
    if isinstance(data, str):
        yield from (fault for fault in faults_of(data, len(data), path or WHOLE) if fault.code == "bad-character")
    elif isinstance(data, list):
        for place, item in enumerate(data):
            yield from _unstorable(item, f"{path}[{place}]")
    elif isinstance(data, dict):
        for name, value in data.items():
            inner = f"{path}.{tame(name)}" if path else tame(name)
            yield from _unstorable(name, inner)
            yield from _unstorable(value, inner)


def request_from(data: Any) -> Request:
    """The request that plain data describes.

    :raises Invalid: with every fault found in it.
    """
    if not isinstance(data, dict):
        raise Invalid([Fault(WHOLE, "wrong-type", EXPECTED_JSON)])
    faults: list[Fault] = []
    at = _read(faults, _at, data)
    actor = _read(faults, _actor, data)
    command = _read(faults, _command, data)
    if faults or actor is None or command is None:
        raise Invalid(faults)
    return Request(command, actor, at)


def _read(faults: list[Fault], reader: Any, data: dict[str, Any]) -> Any:
    """What a reader makes of the data, or None with its faults added to the others."""
    try:
        return reader(data)
    except Invalid as invalid:
        faults.extend(invalid.faults)
        return None


def _at(data: dict[str, Any]) -> datetime | None:
    at = data.get("at")
    return None if at is None else parse_instant(at, "at")


def _actor(data: dict[str, Any]) -> Actor:
    if "actor" not in data:
        raise Invalid([Fault("actor", "missing", "an object with id, roles and teams")])
    try:
        return read(Actor, data["actor"])
    except Invalid as invalid:
        raise Invalid(attrs.evolve(fault, path=_under_actor(fault.path)) for fault in invalid.faults) from None


def _under_actor(path: str) -> str:
    if path == WHOLE:
        return "actor"
    return path if path.partition(".")[0] == "actor" else f"actor.{path}"


def _command(data: dict[str, Any]) -> Command:
    if "do" not in data:
        raise Invalid([Fault("do", "missing", _ONE_OF)])
    own = {name: value for name, value in data.items() if name not in ENVELOPE}
    return command_from(data["do"], own)


def command_from(name: object, fields: dict[str, Any]) -> Command:
    """The command of that name with these fields as plain data.

    :raises Invalid: there is no such command (field ``do``), or it cannot have such fields.
    """
    if isinstance(name, str) and name in COMMANDS:
        return read(COMMANDS[name], fields)
    if isinstance(name, str) and name in RATING_RIGHTS:
        from crmcore.ratings.commands import rating_command  # noqa: PLC0415  (only who scores needs it)

        return rating_command(name, fields)
    code = "not-allowed" if isinstance(name, str) else "wrong-type"
    raise Invalid([Fault("do", code, _ONE_OF)])


_ONE_OF = "one of " + ", ".join((*COMMANDS, *RATING_RIGHTS))
