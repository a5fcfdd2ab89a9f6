"""What fields may hold."""

import attrs
import pytest

from crmcore.errors import Invalid
from crmcore.kernel.validators import LONG, SHORT, Text, Whole, faults_of


@attrs.frozen
class Form:
    """A class with validated fields."""

    name: str = attrs.field(validator=Text())
    note: str | None = attrs.field(default=None, validator=Text(5))
    days: int = attrs.field(default=1, validator=Whole(0, 30))
    limit: int | None = attrs.field(default=None, validator=Whole())


def fault_in(**values: object) -> tuple[str, str, str]:
    """Path, code and expectation of the one fault in a form."""
    with pytest.raises(Invalid) as error:
        Form(**{"name": "x", **values})  # type: ignore[arg-type]
    [fault] = error.value.faults
    return fault.path, fault.code, fault.expected


@pytest.mark.parametrize("text", ["", "长" * SHORT, "tab\tline\nreturn\r", "😀", "\x80", "a\u200b", "\ufffe"])
def test_text_is_what_every_storage_can_hold(text):
    """Any character that is no control character and no lone surrogate; tabs and line ends are fine."""
    assert text == Form(text).name
    assert [] == faults_of(text, LONG, "x")


@pytest.mark.parametrize("text", ["\0", "a\x01", "\x0b", "\x1f", "\x7f", "\ud800", "a\udfff"])
def test_text_has_no_character_that_cannot_be_stored(text):
    """The fault names the field, and not the text."""
    assert ("name", "bad-character", "text without control characters or lone surrogates") == fault_in(name=text)


def test_text_has_a_limit():
    """Its default, or its own."""
    assert ("name", "too-long", "at most 200 characters") == fault_in(name="x" * 201)
    assert ("note", "too-long", "at most 5 characters") == fault_in(note="x" * 6)
    assert [("p", "at most 10,000 characters")] == [
        (one.path, one.expected) for one in faults_of("x" * 10_001, LONG, "p")
    ]


@pytest.mark.parametrize("value", [1, None, b"x", ["x"]])
def test_text_is_text(value):
    """Nothing else; None only where that is the default."""
    assert ("name", "wrong-type", "text") == fault_in(name=value)
    assert Form("x", note=None).note is None


@pytest.mark.parametrize("days", [0, 30])
def test_a_whole_number_may_lie_on_its_bounds(days):
    """Both are included."""
    assert days == Form("x", days=days).days


@pytest.mark.parametrize(
    ("days", "code"),
    [
        (-1, "out-of-range"),
        (31, "out-of-range"),
        (True, "wrong-type"),
        (1.0, "wrong-type"),
        ("1", "wrong-type"),
        (None, "wrong-type"),
    ],
)
def test_a_whole_number_is_within_bounds(days, code):
    """True is none, and neither is a text."""
    assert ("days", code, "a whole number from 0 to 30") == fault_in(days=days)


def test_bounds_have_defaults():
    """From zero to ten thousand; None only where that is the default."""
    assert [None, 10_000] == [Form("x", limit=limit).limit for limit in (None, 10_000)]
    assert ("limit", "out-of-range", "a whole number from 0 to 10,000") == fault_in(limit=10_001)
