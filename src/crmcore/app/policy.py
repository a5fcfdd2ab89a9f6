"""Policies: all numbers and choices of all slices in one frozen value, read from TOML.

A policy file states what differs from the preset it extends::

    extends = "standard"
    name = "north"

    [customers.protection]
    potential_days = 45
"""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from crmcore.app.commands import COMMANDS
from crmcore.customers.commands import Register
from crmcore.customers.guards_file import EXPORT
from crmcore.customers.policy import CustomerPolicy
from crmcore.errors import Fault, Invalid, PolicyInvalid, UnknownName
from crmcore.kernel.actors import right
from crmcore.kernel.codec import canonical
from crmcore.kernel.times import zone
from crmcore.kernel.toml import toml_data
from crmcore.kernel.validators import Text
from crmcore.kernel.wire import read
from crmcore.matching import MatchingPolicy
from crmcore.ratings.base import RATING_RIGHTS

STANDARD = "standard"
#: The names under which a policy may grant the right to give a command.
RIGHTS = (*COMMANDS, "register-into-pool", "merge-decided", EXPORT, *RATING_RIGHTS)
#: The fields a policy may require on entry.
FIELDS = tuple(
    attribute.name
    for attribute in attrs.fields(Register)
    if attribute.name not in {"kind", "into", "id", "pool", "fields", "reason"}
)
_SHORT = Text(100)


def _known_zone(_instance: object, _attribute: object, value: str) -> None:
    try:
        zone(value)
    except UnknownName:
        raise Invalid([Fault("zone", "not-allowed", "the name of a time zone, such as Asia/Shanghai")]) from None


@frozen
class Policy:
    """A policy: ``name`` and ``version`` are its author's, ``digest`` follows from what it says."""

    name: str = field(default=STANDARD, validator=_SHORT)
    version: str = field(default="1", validator=_SHORT)
    zone: str = field(default="Asia/Shanghai", validator=_known_zone)
    calendar: str = field(default="weekdays", validator=_SHORT)
    customers: CustomerPolicy = field(factory=CustomerPolicy)
    matching: MatchingPolicy = field(factory=MatchingPolicy)

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that differ whenever the policy does."""
        return sha256(canonical(as_data(self)).encode()).hexdigest()[:12]

    @property
    def stamp(self) -> str:
        """What stands on each event this policy decides: name/version#digest."""
        return f"{self.name}/{self.version}#{self.digest}"


def as_data(policy: Policy) -> dict[str, Any]:
    """The whole policy as plain data, defaults included."""
    data: dict[str, Any] = json.loads(json.dumps(attrs.asdict(policy)))
    return data


def policy_from(data: Mapping[str, Any]) -> Policy:
    """A policy from plain data; ``extends`` names the preset it starts from (standard if it does not).

    :raises PolicyInvalid: with every fault: its path, what is wrong, what is allowed.
    :raises UnknownName: there is no such preset.
    """
    own = dict(data)
    base = own.pop("extends", STANDARD)
    if not isinstance(base, str):
        raise PolicyInvalid([Fault("extends", "wrong-type", "the name of a preset")])
    try:
        policy = read(Policy, _merged(_preset_data(base), own))
    except Invalid as invalid:
        raise PolicyInvalid(invalid.faults) from None
    _check_meaning(policy)
    return policy


def _check_meaning(policy: Policy) -> None:
    """Refuse names no rule could use: unknown rights, doubled or missing pools, purposes and custom fields."""
    faults = list(_rights_faults(policy.customers.rights))
    if not policy.customers.pools or not all(policy.customers.pools):
        faults.append(Fault("customers.pools", "empty", "at least one name of a pool"))
    faults += _required_faults(policy.customers)
    faults += _words_faults("matching.owner_shown_to", policy.matching.owner_shown_to)
    for path, names in (
        ("customers.pools", policy.customers.pools),
        ("customers.privacy.purposes", tuple(purpose.name for purpose in policy.customers.privacy.purposes)),
        ("customers.custom_fields", tuple(custom.name for custom in policy.customers.custom_fields)),
        ("customers.contact_fields", tuple(custom.name for custom in policy.customers.contact_fields)),
    ):
        if len(set(names)) < len(names):
            faults.append(Fault(path, "duplicate", "names that differ"))
    if any(custom.indexed for custom in policy.customers.contact_fields):
        faults.append(Fault("customers.contact_fields", "not-allowed", "fields that are not indexed"))
    if faults:
        raise PolicyInvalid(faults)


def _required_faults(policy: CustomerPolicy) -> list[Fault]:
    """A required field that no registration has would keep everybody out; those a host declares are fields, too."""
    fields = (*FIELDS, *(custom.name for custom in policy.custom_fields))
    known = {"required_enterprise": fields, "required_individual": fields, "one_of_individual": FIELDS}
    return [
        Fault(f"customers.profile.{section}", "not-allowed", "fields out of " + ", ".join(allowed))
        for section, allowed in known.items()
        if not set(getattr(policy.profile, section)).issubset(allowed)
    ]


def _rights_faults(rights: Mapping[str, tuple[str, ...]]) -> list[Fault]:
    faults = []
    for name, words in rights.items():
        if name not in RIGHTS:
            faults.append(Fault("customers.rights", "unknown-field", "one of " + ", ".join(RIGHTS)))
        faults += _words_faults("customers.rights", words)
    return faults


def _words_faults(path: str, words: tuple[str, ...]) -> list[Fault]:
    """Words that are neither roles nor relations."""
    try:
        right(*words)
    except Invalid as invalid:
        return [attrs.evolve(fault, path=path) for fault in invalid.faults]
    return []


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with what ``over`` names replaced; tables are merged, lists are not."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(below, value)
        else:
            merged[key] = value
    return merged


def preset_names() -> tuple[str, ...]:
    """The shipped presets."""
    folder = files("crmcore.presets")
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


@cache
def _preset_data(name: str) -> dict[str, Any]:
    if name not in preset_names():
        raise UnknownName("preset", name, preset_names())
    text = files("crmcore.presets").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    base = data.pop("extends", None)
    return data if base is None else _merged(_preset_data(base), data)


def load_policy(
    source: "Policy | Mapping[str, Any] | str | Path", overrides: Mapping[str, Any] | None = None
) -> Policy:
    """A policy from a preset's name, a TOML file, plain data, or a policy; ``overrides`` go by dotted path.

    >>> load_policy("standard", {"customers.protection.potential_days": 60}).customers.protection.potential_days
    60

    :raises PolicyInvalid: the file is no TOML, or says what is not allowed.
    :raises UnknownName: neither a preset nor a file has that name.
    """
    data = _source_data(source)
    for path, value in (overrides or {}).items():
        *tables, last = path.split(".")
        nested: dict[str, Any] = {last: value}
        for table in reversed(tables):
            nested = {table: nested}
        data = _merged(data, nested)
    return policy_from(data)


def _source_data(source: "Policy | Mapping[str, Any] | str | Path") -> dict[str, Any]:
    if isinstance(source, Policy):
        return as_data(source)
    if isinstance(source, Mapping):
        return dict(source)
    if isinstance(source, str) and not source.endswith(".toml"):
        return {"extends": source, **_identity(source)}
    return _file_data(Path(source))


def _identity(preset: str) -> dict[str, Any]:
    data = _preset_data(preset)
    return {key: data[key] for key in ("name", "version") if key in data}


def _file_data(path: Path) -> dict[str, Any]:
    try:
        return {"name": path.stem, **toml_data(path.read_text(encoding="utf-8-sig"))}
    except FileNotFoundError:
        raise UnknownName("policy file", str(path), preset_names()) from None
    except OSError as error:
        raise PolicyInvalid([Fault(str(path), "not-allowed", f"a file that can be read ({error.strerror})")]) from None
    except UnicodeDecodeError:
        raise PolicyInvalid([Fault(str(path), "bad-toml", "UTF-8 text")]) from None
    except Invalid as invalid:
        raise PolicyInvalid(attrs.evolve(fault, path=str(path)) for fault in invalid.faults) from None
