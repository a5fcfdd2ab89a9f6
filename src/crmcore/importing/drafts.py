"""From a row to the command it asks for: each cell read for its field, contacts gathered, defaults filled in."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen

from crmcore.app.requests import command_from
from crmcore.customers.commands import Register
from crmcore.errors import Fault, Invalid
from crmcore.importing.cells import Reading, reading
from crmcore.importing.headers import Column, Declared
from crmcore.importing.mapping import FileMapping, Plain
from crmcore.importing.rows import ROW, Row, is_blank, is_empty, shown

#: What the name says in rows of a template that are there for people only.
NOT_IMPORTED: Final = ("this row is not imported", "此行不导入")


@frozen
class _Slot:
    """One column, ready to be read."""

    place: int
    field: str
    group: str
    name: str
    read: Reading
    words: Mapping[str, Plain]


@frozen
class Draft:
    """The command that a row asks for, which contact columns its contacts come from, and whether the id is its own."""

    command: Register = field(repr=False)
    contacts: tuple[str, ...] = ()
    has_own_id: bool = False


class Drafting:
    """Turns rows into registrations, the columns and the mapping given once."""

    def __init__(self, columns: Sequence[Column], declared: Declared, mapping: FileMapping, into: str) -> None:
        self._width = len(columns)
        self._slots = [
            _slot(place, column.field, declared, mapping) for place, column in enumerate(columns) if column.field
        ]
        self._name = next(slot.place for slot in self._slots if slot.field == "name")
        self._defaults = [
            (*_parts(name), reading(name, declared)(name, _as_cell(value))) for name, value in mapping.defaults.items()
        ]
        self._into = into

    def left_out(self, row: Row) -> bool:
        """Whether the row says itself that it is not to be imported, as the examples in templates do."""
        name = row.cells[self._name] if len(row.cells) > self._name else ""
        return isinstance(name, str) and any(words in name for words in NOT_IMPORTED)

    def draft(self, row: Row, id: str) -> Draft:
        """The registration that a row asks for; ``id`` is the customer's unless the row has one.

        :raises Invalid: the row cannot be read, or one of its cells is not what the field holds.
        """
        if row.fault is not None:
            raise Invalid([row.fault])
        self._check_width(row)
        groups = self._read(row)
        contacts = sorted({group.removesuffix(".fields") for group in groups} - {"", "fields"})
        self._fill(groups, contacts)
        data = {"id": id, **groups.get("", {}), "fields": groups.get("fields", {}), "into": self._into}
        data["contacts"] = [_person(groups, group, is_main=not place) for place, group in enumerate(contacts)]
        try:
            command = command_from("register", data)
        except Invalid as invalid:
            raise Invalid(_in_columns(fault, contacts) for fault in invalid.faults) from None
        assert isinstance(command, Register), "that is what was asked for"  # noqa: S101
        return Draft(command, tuple(contacts), has_own_id="id" in groups.get("", {}))

    def _fill(self, groups: dict[str, dict[str, Any]], contacts: Sequence[str]) -> None:
        """Give the defaults of what the row says nothing of; a contact's only where there is that contact."""
        there = {"", "fields", *contacts}
        for group, name, value in self._defaults:
            if group in there or group.removesuffix(".fields") in there:
                groups.setdefault(group, {}).setdefault(name, value)

    def _check_width(self, row: Row) -> None:
        """Cells that are too many may be there if they are empty; a cell that is missing may have been any."""
        if len(row.cells) < self._width or not is_blank(row.cells[self._width :]):
            raise Invalid([Fault(ROW, "not-allowed", f"{self._width} cells, not {len(row.cells)}")])

    def _read(self, row: Row) -> dict[str, dict[str, Any]]:
        """What the cells that are not empty say, by group and name; every fault in them at once."""
        groups: dict[str, dict[str, Any]] = {}
        faults: list[Fault] = []
        for slot in self._slots:
            cell = row.cells[slot.place]
            if is_empty(cell):
                continue
            word = slot.words.get(shown(cell).strip()) if slot.words else None
            try:
                value = slot.read(slot.field, cell if word is None else _as_cell(word))
            except Invalid as invalid:
                faults += invalid.faults
            else:
                groups.setdefault(slot.group, {})[slot.name] = value
        if faults:
            raise Invalid(faults)
        return groups


def _slot(place: int, name: str, declared: Declared, mapping: FileMapping) -> _Slot:
    return _Slot(place, name, *_parts(name), reading(name, declared), mapping.values.get(name, {}))


def _parts(name: str) -> tuple[str, str]:
    group, _, last = name.rpartition(".")
    return group, last


def _as_cell(value: Plain) -> Plain:
    """A value of a mapping as a workbook would hold it."""
    return float(value) if type(value) is int else value


def _person(groups: Mapping[str, Mapping[str, Any]], group: str, *, is_main: bool) -> dict[str, Any]:
    """A contact as the command takes it; without a name it will be refused."""
    return {"name": "", **groups.get(group, {}), "fields": groups.get(f"{group}.fields", {}), "main": is_main}


def _in_columns(fault: Fault, contacts: Sequence[str]) -> Fault:
    """The fault of a contact by its columns: ``contacts[1].mobile`` is ``contact2.mobile``, say."""
    for place, group in enumerate(contacts):
        start = f"contacts[{place}]"
        if fault.path.startswith(start):
            return Fault(group + fault.path.removeprefix(start), fault.code, fault.expected)
    return fault
