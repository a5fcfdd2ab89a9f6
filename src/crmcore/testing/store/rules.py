"""Which promise each test of the kit proves; one that fails says which is broken, in the interface's own words."""

import functools
import re
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

import pytest

from crmcore.storage import interface

P = ParamSpec("P")
T = TypeVar("T")


def _numbered(text: str) -> dict[int, str]:
    """The numbered rules of a text, each on one line."""
    parts = re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |\Z)", text, re.MULTILINE | re.DOTALL)
    return {int(number): " ".join(rule.split()) for number, rule in parts}


#: The rules of the interface, by number.
RULES: Final = _numbered(interface.__doc__ or "")

#: What the interface promises beside its numbered rules.
PROMISES: Final = {
    "record": "What is written comes back as it was written, each column in its own type, and ordered by id.",
    "version": "A write names the version it expects; Conflict names every record that has another one.",
    "unique": "Unique indexes are unique, and a batch is applied as deletes, then updates, then inserts.",
    "whole": "A unit of work is stored whole or not at all, and does not go on after a failed write.",
    "query": "A query gives the records that eq, lo (included), hi (excluded) and after describe, at most limit.",
    "setup": "setup adds columns and indexes to what exists, loses nothing, and may be called again.",
    "open": "Opening the same location again gives the same data; closing twice is harmless.",
    "errors": "Driver errors never leave a store, at the begin and the commit of a unit neither: it raises CrmErrors.",
    "capabilities": "A store declares what it can do, out of crmcore.storage.interface.CAPABILITIES.",
    "threads": "Capability threads: threads share a store, and nothing is lost or stored twice.",
    "processes": "Capability processes: processes share the data, and nothing is lost or stored twice.",
    "durable": "Capability durable: what is acknowledged outlives kill -9, and no unit is torn.",
    "join": "Capability join: a joined unit is a part of the host's transaction, which alone commits and closes.",
    "claim": "Capability claim: of two units that claim at once, none waits and none gets what the other holds.",
    "hold": "Capability hold: who wants to hold or change a held record waits, and then sees what became of it.",
    "scrub": "Capability scrub: what was deleted or changed before stands in no file of the store any more.",
    "read": "Capability read: a reading unit sees one moment, waits for no writer, stops none, and cannot write.",
}


#: How the line begins that says which promise is broken.
BROKEN: Final = "broken – "


def promise(rule: int | str) -> str:
    """A rule of the interface by its number, or a promise by its name, in words."""
    if isinstance(rule, int):
        return f"rule {rule} of crmcore.storage.interface: {RULES.get(rule, 'see there')}"
    return f"{rule}: {PROMISES[rule]}"


def broken(rule: int | str) -> str:
    """What a failure says: a test of several promises may say which of them it is."""
    return BROKEN + promise(rule)


def proves(*rules: int | str, needs: str | None = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Mark a test of the kit with what it proves; it is skipped where a store lacks the capability it needs."""
    notes = [broken(rule) for rule in rules]

    def decorate(test: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(test)
        def proving(*args: P.args, **kwargs: P.kwargs) -> T:
            __tracebackhide__ = True
            try:
                return test(*args, **kwargs)
            except (pytest.skip.Exception, pytest.xfail.Exception, KeyboardInterrupt):
                raise
            except BaseException as error:
                told = [line for line in str(error).splitlines() if line.startswith(BROKEN)]
                for note in told or notes:
                    error.add_note(note)
                raise

        vars(proving).update(kit_rules=rules, kit_needs=needs)
        return proving

    return decorate
