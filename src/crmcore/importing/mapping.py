"""A mapping file: what the columns of somebody's file mean, what to take where nothing stands, and other words.

It is TOML::

    ignore = ["备注"]

    [columns]
    "单位" = "name"
    "负责人" = "contact.name"
    "年产值" = "fields.output"

    [defaults]
    source = "exhibition"

    [values.kind]
    "国企" = "enterprise"
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.importing.rows import EXACT

#: What a default or a translation may be.
Plain = str | int | float | bool


@frozen
class FileMapping:
    """How a file is read; what it does not name is found by the usual names of columns.

    ``columns`` leads from headers to fields, ``ignore`` names columns to leave out, ``defaults`` gives fields that a
    row says nothing of, ``values`` translates the cells of a field, by field and then by what stands there.
    """

    columns: Mapping[str, str] = field(factory=dict)
    ignore: tuple[str, ...] = ()
    defaults: Mapping[str, Plain] = field(factory=dict, repr=False)
    values: Mapping[str, Mapping[str, Plain]] = field(factory=dict, repr=False)

    @property
    def fields(self) -> Iterator[tuple[str, str]]:
        """Every field it speaks of, each with the path where it stands."""
        yield from ((f"columns.{header}", name) for header, name in self.columns.items())
        yield from ((f"defaults.{name}", name) for name in self.defaults)
        yield from ((f"values.{name}", name) for name in self.values)


def read_mapping(path: str | Path) -> FileMapping:
    """The mapping in a TOML file.

    :raises Invalid: it cannot be read, is not TOML, or says what no mapping says; each fault names the place.
    """
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Invalid([Fault(path.name, "not-allowed", f"a file that can be read ({error.strerror})")]) from None
    except (ValueError, RecursionError):  # no UTF-8, no TOML, numbers too long, or nested too deeply
        raise Invalid([Fault(path.name, "bad-toml", "a mapping file: TOML in UTF-8")]) from None
    return mapping_from(data)


def mapping_from(data: Mapping[str, Any]) -> FileMapping:
    """The mapping that plain data describes.

    :raises Invalid: with every fault found in it.
    """
    faults = list(_faults(data))
    if faults:
        raise Invalid(faults)
    return FileMapping(
        dict(data.get("columns", {})),
        tuple(data.get("ignore", ())),
        dict(data.get("defaults", {})),
        {name: dict(words) for name, words in data.get("values", {}).items()},
    )


_PARTS = ("columns", "ignore", "defaults", "values")
_VALUE = "text, a number, true or false"


def _faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    for name in data:
        if name not in _PARTS:
            yield Fault(name[:40], "unknown-field", "one of " + ", ".join(_PARTS))
    ignore = data.get("ignore", [])
    if not isinstance(ignore, list) or not all(isinstance(header, str) for header in ignore):
        yield Fault("ignore", "wrong-type", "a list")
    yield from _table_faults("columns", data.get("columns", {}), (str,), "text")
    yield from _table_faults("defaults", data.get("defaults", {}), (str, int, float, bool), _VALUE)
    values = data.get("values", {})
    yield from _table_faults("values", values, (dict,), "an object with named fields")
    for field_, words in values.items() if isinstance(values, dict) else ():
        if isinstance(words, dict):
            yield from _table_faults(f"values.{field_[:40]}", words, (str, int, float, bool), _VALUE)


def _table_faults(path: str, table: Any, kinds: tuple[type, ...], expected: str) -> Iterator[Fault]:
    if not isinstance(table, dict):
        yield Fault(path, "wrong-type", "an object with named fields")
        return
    for name, value in table.items():
        if not isinstance(value, kinds):
            yield Fault(f"{path}.{name[:40]}", "wrong-type", expected)
        elif isinstance(value, int | float) and not abs(value) < EXACT:
            yield Fault(f"{path}.{name[:40]}", "out-of-range", "a number of at most 15 digits, or text")
