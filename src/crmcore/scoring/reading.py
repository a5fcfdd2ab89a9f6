"""Policies from plain data, JSON and TOML, with every fault named by its path."""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

import attrs

from crmcore.errors import Fault, Invalid, PolicyInvalid
from crmcore.kernel.toml import toml_data
from crmcore.kernel.wire import describe, read, tame
from crmcore.scoring.combine import METHODS, Combine, Sum
from crmcore.scoring.decimals import EXPECTED, exact
from crmcore.scoring.policy import ScoringPolicy, as_data
from crmcore.scoring.writing import to_json, to_toml

T = TypeVar("T")


#: What a file says of a policy, before its way of combining is known; the policy itself looks at the values.
_Said: Any = attrs.make_class(
    "_Said",
    {
        attribute.name: attrs.field(
            type=None if attribute.name == "combine" else attribute.type, default=attribute.default
        )
        for attribute in attrs.fields(ScoringPolicy)
    },
)


class _Faults(list[Fault]):
    """Faults gathered from parts that are read one by one, so that an author sees all of them at once."""

    def of(self, make: Callable[[], T]) -> T | None:
        """What ``make`` gives, or None after noting its faults."""
        try:
            return make()
        except Invalid as invalid:
            self.extend(map(_numeral, invalid.faults))
            return None


def _numeral(fault: Fault) -> Fault:
    """The fault as it is said of files, where decimals are written as numbers."""
    return attrs.evolve(fault, expected=EXPECTED) if fault.expected == describe(Decimal) else fault


def policy_from(data: Mapping[str, Any]) -> ScoringPolicy:
    """A policy from plain data.

    :raises PolicyInvalid: with every fault: its path, what is wrong, what is allowed.
    """
    faults = _Faults()
    if not isinstance(data, Mapping):
        raise PolicyInvalid([Fault("(all)", "wrong-type", "an object with named fields")])
    own = faults.of(lambda: exact(data))
    if own is None:
        raise PolicyInvalid(faults)
    combine = faults.of(lambda: _combine(own.get("combine", {"method": Sum.method})))
    said = faults.of(lambda: read(_Said, own))
    if said is not None and combine is not None:
        faults += _texts(said, own, "")
        faults += _texts(combine, own.get("combine"), "combine")
    if said is None or combine is None or faults:
        raise PolicyInvalid(faults)
    fields: dict[str, Any] = {attribute.name: getattr(said, attribute.name) for attribute in attrs.fields(_Said)}
    fields["combine"] = combine
    try:
        return ScoringPolicy(**fields)
    except Invalid as invalid:
        raise PolicyInvalid(invalid.faults) from None


def _texts(value: Any, said: Any, path: str) -> Iterator[Fault]:
    """Numbers that were said as texts. No policy is written so, and other data may be; here it is a slip."""
    if isinstance(value, Decimal) and isinstance(said, str):
        yield Fault(path, "wrong-type", EXPECTED)
    elif attrs.has(type(value)) and isinstance(said, Mapping):
        for attribute in attrs.fields(type(value)):
            name = attribute.name
            yield from _texts(getattr(value, name), said.get(name), f"{path}.{name}" if path else name)
    elif isinstance(value, tuple) and isinstance(said, list):
        for place, (one, its) in enumerate(zip(value, said, strict=True)):
            yield from _texts(one, its, f"{path}[{place}]")
    elif isinstance(value, Mapping) and isinstance(said, Mapping):
        for key, one in value.items():
            yield from _texts(one, said.get(key), f"{path}[{tame(key)}]")


def _combine(data: object) -> Combine:
    """The way of combining that ``method`` names."""
    if not isinstance(data, dict):
        raise Invalid([Fault("combine", "wrong-type", "an object with named fields")])
    fields = dict(data)
    method = fields.pop("method", None)
    cls = METHODS.get(method) if isinstance(method, str) else None
    if cls is None:
        code = "missing" if method is None else "not-allowed"
        raise Invalid([Fault("combine.method", code, "one of " + ", ".join(METHODS))])
    return read(cls, fields, "combine")


#: What some editors put before the text of a file.
BOM: Final = "\ufeff"


def from_toml(text: str) -> ScoringPolicy:
    """A policy from the text of a TOML file.

    :raises PolicyInvalid: it is no TOML, or says what is not allowed.
    """
    return policy_from(toml_file(text))


def from_json(text: str) -> ScoringPolicy:
    """A policy from the text of a JSON document.

    :raises PolicyInvalid: it is no JSON object, or says what is not allowed.
    """
    data = _json(text.removeprefix(BOM))
    if not isinstance(data, dict):
        raise PolicyInvalid([Fault("(all)", "wrong-type", "one JSON object")])
    return policy_from(data)


def toml_file(text: str) -> dict[str, Any]:
    """The text of a TOML file as plain data, its numbers as the decimals that are written there.

    :raises PolicyInvalid: it is none that can be read.
    """
    try:
        return toml_data(text.removeprefix(BOM), Decimal)
    except Invalid as invalid:
        raise PolicyInvalid(invalid.faults) from None


def _json(text: str) -> Any:
    """The same for JSON."""
    try:
        data = json.loads(text, parse_float=Decimal)
        if "\\u" in text:  # half a character comes in by an escape only, and has no digest
            json.dumps(data, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        expected = f"JSON, but for {error.msg}, line {error.lineno}"
    except UnicodeEncodeError:
        expected = "JSON, without halves of characters"
    except RecursionError:
        expected = "JSON, not so deeply nested"
    except (ValueError, InvalidOperation):  # more digits, or a larger exponent, than Python reads
        expected = "JSON, with shorter numbers"
    else:
        return data
    raise PolicyInvalid([Fault("(all)", "bad-json", expected)])


def toml_of(policy: ScoringPolicy) -> str:
    """The policy as a TOML file; ``from_toml`` gives the same policy back."""
    return to_toml(as_data(policy))


def json_of(policy: ScoringPolicy) -> str:
    """The policy as a JSON document; ``from_json`` gives the same policy back."""
    return to_json(as_data(policy))
