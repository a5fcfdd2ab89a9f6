"""Reading what people and programs send."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

import attrs
import pytest

from crmcore.errors import Fault, Invalid
from crmcore.kernel.validators import Whole
from crmcore.kernel.wire import describe, read


@attrs.frozen
class Part:
    """Something inside."""

    name: str
    size: int | None = attrs.field(default=None, validator=Whole(0, 9))


@attrs.frozen
class Form:
    """One field of each type."""

    text: str = ""
    number: int = 0
    share: float = 0.0
    price: Decimal = Decimal(0)
    yes: bool = False
    day: date = date(2026, 3, 1)
    at: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    colour: Literal["red", "blue"] = "red"
    maybe: str | None = None
    parts: tuple[Part, ...] = ()
    names: frozenset[str] = frozenset()
    part: Part | None = None
    words: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    free: Mapping[str, Any] = attrs.field(factory=dict)


def faults(data: object, path: str = "", cls: type[Any] = Form) -> list[tuple[str, str, str]]:
    """Path, code and expectation of each fault in the data."""
    with pytest.raises(Invalid) as error:
        read(cls, data, path)
    return [(fault.path, fault.code, fault.expected) for fault in error.value.faults]


def test_nothing_given_is_all_defaults():
    """No field of the form is required."""
    assert Form() == read(Form, {})


@pytest.mark.parametrize(
    ("field", "given", "expected"),
    [
        ("text", "", ""),
        ("text", "None", "None"),
        ("number", -3, -3),
        ("share", 2, 2.0),
        ("share", 0.5, 0.5),
        ("price", "12.50", Decimal("12.50")),
        ("price", 12, Decimal(12)),
        ("price", Decimal("1.5"), Decimal("1.5")),
        ("yes", True, True),
        ("day", "2026-03-02", date(2026, 3, 2)),
        ("day", date(2026, 3, 2), date(2026, 3, 2)),
        ("at", "2026-03-01T09:00:00+08:00", datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("at", "2026-03-01T01:00:00Z", datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("at", datetime.fromisoformat("2026-03-01T09:00:00+08:00"), datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("colour", "blue", "blue"),
        ("maybe", None, None),
        ("maybe", "x", "x"),
        ("parts", [{"name": "a"}, {"name": "b", "size": 9}], (Part("a"), Part("b", 9))),
        ("parts", [], ()),
        ("names", ["a", "b", "a"], frozenset({"a", "b"})),
        ("part", None, None),
        ("part", {"name": "a"}, Part("a")),
        ("words", {"a": ["x", "y"]}, {"a": ("x", "y")}),
        ("free", {"a": [1, None]}, {"a": [1, None]}),
    ],
)
def test_values_of_the_right_type_are_taken(field, given, expected):
    """As they are, or as what they stand for."""
    value = getattr(read(Form, {field: given}), field)

    assert expected == value
    assert type(expected) is type(value)


def test_times_come_back_in_utc():
    """Whatever offset they had."""
    assert UTC is read(Form, {"at": "2026-03-01T09:00:00+08:00"}).at.tzinfo


TEXT, NUMBER, FLOAT = "text", "a whole number", "a number"
PRICE, DAY = 'a decimal number as text, such as "12.50"', "a date such as 2026-03-01"
AT = "a time with an offset such as 2026-03-01T09:00:00+08:00"


@pytest.mark.parametrize(
    ("field", "given", "code", "expected"),
    [
        *(("text", value, "wrong-type", TEXT) for value in (None, 1, True, ["x"], {"x": 1})),
        *(("number", value, "wrong-type", NUMBER) for value in (None, "1", True, 1.0)),
        *(("share", value, "wrong-type", FLOAT) for value in (None, "1", True)),
        *(("price", value, "wrong-type", PRICE) for value in (None, 1.5, True, "x", "NaN", "Infinity", "")),
        *(("yes", value, "wrong-type", "true or false") for value in (None, 0, 1, "true")),
        *(("day", value, "wrong-type", DAY) for value in (None, 1, "20260301", "2026-02-30", "2026-03-01T00:00:00Z")),
        *(("at", value, "wrong-type", AT) for value in (None, 1, date(2026, 3, 1))),
        ("at", "2026-03-01T09:00:00", "naive-time", AT),
        ("at", "2026-03-01", "naive-time", AT),
        ("at", datetime(2026, 3, 1), "naive-time", AT),  # noqa: DTZ001
        ("at", "tomorrow", "bad-time", AT),
        ("at", "1969-12-31T23:59:59Z", "out-of-range", "a time in the years 1970 to 9998"),
        ("colour", "green", "not-allowed", "one of red, blue"),
        *(("colour", value, "wrong-type", "one of red, blue") for value in (None, 1, ["red"])),
        ("maybe", 1, "wrong-type", TEXT),
        *(("parts", value, "wrong-type", "a list") for value in (None, "x", {"name": "a"}, 1)),
        *(("names", value, "wrong-type", "a list") for value in (None, "x")),
        *(("part", value, "wrong-type", "an object with named fields") for value in ("x", 1, ["a"])),
    ],
)
def test_values_of_another_type_are_refused(field, given, code, expected):
    """None is not "None", one is not "1", true is not one; the fault says what is expected."""
    assert [(field, code, expected)] == faults({field: given})


@pytest.mark.parametrize("data", [None, 1, "x", [], [{}]])
def test_data_is_an_object(data):
    """With named fields."""
    assert [("(all)", "wrong-type", "an object with named fields")] == faults(data)
    assert ["line"] == [path for path, _, _ in faults(data, "line")]


def test_missing_and_unknown_fields_are_named():
    """What is missing with its type, what is unknown with the fields there are."""
    assert [("name", "missing", TEXT)] == faults({}, cls=Part)
    assert [("nam", "unknown-field", "one of name, size")] == faults({"name": "a", "nam": "b"}, cls=Part)


def test_paths_lead_into_lists_and_objects():
    """With the place in a list, counted from zero, and with the prefix asked for."""
    data = {"parts": [{"name": "a"}, {"name": 1}, {"sizes": 1}], "part": {"name": "a", "size": 10}, "names": ["a", 1]}

    assert [
        ("parts[1].name", "wrong-type"),
        ("parts[2].name", "missing"),
        ("parts[2].sizes", "unknown-field"),
        ("names[1]", "wrong-type"),
        ("part.size", "out-of-range"),
    ] == [fault[:2] for fault in faults(data)]
    assert ["line 7.part.size"] == [path for path, _, _ in faults({"part": {"name": "a", "size": 10}}, "line 7")]


def test_paths_lead_into_mappings():
    """By the name somebody else chose, made safe to repeat."""
    assert [("words[a]", "wrong-type")] == [fault[:2] for fault in faults({"words": {"a": "x"}})]
    assert [("words[a][0]", "wrong-type")] == [fault[:2] for fault in faults({"words": {"a": [1]}})]
    assert [("words[\\u5f20\\n]", "wrong-type")] == [fault[:2] for fault in faults({"words": {"张\n": "x"}})]


def test_unknown_names_are_made_safe_to_repeat():
    """Cut to forty characters, and without anything but ASCII."""
    [(path, code, _)] = faults({"张" * 50: 1})

    assert ("\\u5f20" * 40, "unknown-field") == (path, code)


def test_unknown_names_come_in_order():
    """Sorted, wherever they stood."""
    assert ["a", "b", "c"] == [path for path, _, _ in faults({"c": 1, "a": 1, "b": 1})]


def test_all_faults_come_at_once():
    """One wrong field does not hide another."""
    assert ["number", "text", "x"] == sorted(path for path, _, _ in faults({"text": 1, "number": "1", "x": 0}))


def test_what_is_read_is_not_kept_alive_by_the_error():
    """The error that comes out is ours, and leads to nothing that holds the data."""
    with pytest.raises(Invalid) as error:
        read(Form, {"number": "13800000001"})

    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (str, TEXT),
        (Literal["a", "b"], "one of a, b"),
        (str | None, TEXT),
        (int | str | None, "a whole number or text"),
        (tuple[str, ...], "a list"),
        (frozenset[str], "a list"),
        (Part, "an object with named fields"),
        (Part | None, "an object with named fields"),
        (complex, "a value of another kind"),
        (None, "a value of another kind"),
    ],
)
def test_types_are_described_in_words(annotation, words):
    """As a fault says what is expected."""
    assert words == describe(annotation)


def _noted(_instance: object, _attribute: object, _value: object) -> None:
    error = Invalid([Fault("size", "out-of-range", "less")])
    error.add_note("a word of the validator's own")
    raise error


@attrs.frozen
class Noted:
    """A class whose validator adds a note of its own to the error."""

    size: int = attrs.field(default=1, validator=_noted)


def test_notes_of_others_do_not_lead_astray():
    """Only those of the converter say where a fault is."""
    assert [("size", "out-of-range", "less")] == faults({"size": 2}, cls=Noted)
