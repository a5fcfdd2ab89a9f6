"""What the commands about scoring share: naming a scoring policy, and reading facts."""

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import evolve

from crmcore.cli.options import Callback
from crmcore.cli.terminal import progress
from crmcore.errors import Fault, Invalid, PolicyInvalid, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from crmcore.cli.facts_file import FactsFile
    from crmcore.scoring import ScoringPolicy

FILES: Final = (".toml", ".json")

_AMOUNT = re.compile(r"\d{1,18}(\.\d{1,6})?", re.ASCII)


def is_file(source: str) -> bool:
    """Whether a source names a file, not a policy that is shipped."""
    return source.endswith(FILES)


def scoring_option(help: str) -> Callable[[Callback], Callback]:
    """--scoring NAME|FILE."""
    return click.option("--scoring", required=True, metavar="NAME|FILE.toml", help=help)


def facts_option(function: Callback) -> Callback:
    """--facts FILE.csv."""
    kind = click.Path(exists=True, dir_okay=False, path_type=Path)
    text = "What the CRM does not know itself: orders, complaints … (columns customer, kind, at, amount …)."
    return click.option("--facts", "facts", type=kind, metavar="FILE.csv", help=text)(function)


def total_option(function: Callback) -> Callback:
    """--total KIND=AMOUNT."""
    text = "What all customers together amount to, for policies that ask for a share of it; may be repeated."
    return click.option("--total", "totals", multiple=True, metavar="KIND=AMOUNT", help=text)(function)


def amounts(given: "Iterable[str]") -> dict[str, Decimal]:
    """What --total tells, by kind of fact.

    :raises Invalid: one is no amount of a kind, or a kind is told twice.
    """
    found: dict[str, Decimal] = {}
    for text in given:
        kind, _, amount = text.rpartition("=")
        if not kind or not _AMOUNT.fullmatch(amount):
            raise Invalid([Fault("--total", "not-allowed", "KIND=AMOUNT, such as profit=1200000.50")])
        if kind in found:
            raise Invalid([Fault("--total", "duplicate", "each kind once")])
        found[kind] = Decimal(amount)
    return found


def scoring_policy(source: str) -> "ScoringPolicy":
    """The scoring policy of that name, or in that file.

    :raises UnknownName: neither is shipped, nor a file.
    :raises PolicyInvalid: the file says what is not allowed; each fault leads with the file.
    """
    from crmcore.scoring import from_json, from_toml, shipped

    if not is_file(source):
        return shipped(source)
    text = file_text(source)
    with told_of(source):
        return from_json(text) if source.endswith(".json") else from_toml(text)


def file_text(source: str) -> str:
    """The text of a policy file.

    :raises UnknownName: there is no such file.
    :raises PolicyInvalid: it cannot be read.
    """
    from crmcore.scoring import shipped_names

    try:
        return Path(source).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UnknownName("policy file", source, shipped_names()) from None
    except OSError as error:
        raise PolicyInvalid([Fault(source, "not-allowed", f"a file that can be read ({error.strerror})")]) from None
    except UnicodeDecodeError:
        raise PolicyInvalid([Fault(source, "bad-encoding", "UTF-8 text")]) from None


@contextmanager
def told_of(source: str) -> Generator[None]:
    """Let each fault that comes up lead with the file it is in."""
    try:
        yield
    except PolicyInvalid as invalid:
        name = Path(source).name
        raise PolicyInvalid(evolve(fault, path=_placed(name, fault)) for fault in invalid.faults) from None


def _placed(name: str, fault: Fault) -> str:
    return name if fault.path == "(all)" else f"{name}: {fault.path}"


def plugin_sources() -> "Mapping[str, Any]":
    """Where features may come from: what is shipped, and what installed plugins offer."""
    from crmcore.app.plugins import Plugins

    return Plugins().sources()


def read_facts(path: Path, zone: "tzinfo") -> "FactsFile":
    """The facts in a file, with progress on a terminal."""
    from crmcore.cli.facts_file import facts_file

    with progress("bytes", path.stat().st_size) as told:
        return facts_file(path, zone, told)


def share(text: str, name: str) -> float:
    """A share given on the command line, such as 0.2 or 20%.

    :raises Invalid: it is none.
    """
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1
    if not 0 < value <= 1:
        raise Invalid([Fault(name, "out-of-range", "a share such as 0.2 or 20%")])
    return value
