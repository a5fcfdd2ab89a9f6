"""Ids that hosts give, and numbers that people read."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid
from crmcore.kernel.ids import Id, Numbering, check_id, is_id


@pytest.mark.parametrize("text", ["C1", "li.wei", "客户一", "x" * 64, "019a-7b", "a/b:c", "😀"])
def test_ids_are_taken(text):
    """Any visible characters up to 64 make an id, which comes back as it is."""
    assert is_id(text)
    assert text == check_id(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("x" * 65, "too-long"),
        ("a b", "bad-character"),
        ("a\n", "bad-character"),
        ("a\u3000", "bad-character"),
        ("\0", "bad-character"),
        ("a\x7f", "bad-character"),
        ("\ud800", "bad-character"),
        ("a\u200b", "bad-character"),
        ("a\u202e", "bad-character"),
        ("a\u2028", "bad-character"),
    ],
)
def test_other_texts_are_no_ids(text, code):
    """Empty, long, spaced and invisible texts are refused with the field and the fault, and without the text."""
    with pytest.raises(Invalid) as error:
        check_id(text, "customer")

    assert not is_id(text)
    assert [("customer", code)] == [(fault.path, fault.code) for fault in error.value.faults]


@given(st.text(max_size=70))
def test_ids_survive_storage(text):
    """Whatever is an id can be written as UTF-8 on one line, and has no edge to be stripped."""
    if is_id(text):
        assert text == text.encode().decode().strip()
        assert len(text.splitlines()) == 1


@attrs.frozen
class Link:
    """A class with validated ids."""

    to: str = attrs.field(validator=Id())
    back: str | None = attrs.field(default=None, validator=Id())


def test_validator_takes_ids():
    """The validator passes ids, and None where that is the default."""
    assert ("C1", None) == attrs.astuple(Link("C1"))
    assert ("C1", "C2") == attrs.astuple(Link("C1", "C2"))


@pytest.mark.parametrize(("value", "code"), [(None, "wrong-type"), (1, "wrong-type"), ("a b", "bad-character")])
def test_validator_refuses_the_rest(value, code):
    """The validator names the field whose value is no id."""
    with pytest.raises(Invalid) as error:
        Link(value)

    assert [("to", code)] == [(fault.path, fault.code) for fault in error.value.faults]


@pytest.mark.rule("D-01")
@pytest.mark.parametrize(
    ("numbering", "n", "expected"),
    [
        (Numbering(), 1, "KH-000001"),
        (Numbering("HT2026-", 4), 37, "HT2026-0037"),
        (Numbering("K", 2), 12345, "K12345"),
        (Numbering("", 3), 7, "007"),
    ],
)
def test_numbers_are_written(numbering, n, expected):
    """A number is filled up to its width, and past it grows instead of being cut."""
    assert expected == numbering.number(n)


@pytest.mark.rule("D-01")
@given(st.integers(1, 10**20), st.integers(1, 10**20), st.integers(1, 18))
def test_numbers_differ(first, second, width):
    """Different numbers are written differently, each as a valid id."""
    numbering = Numbering("KH-", width)

    assert (first == second) == (numbering.number(first) == numbering.number(second))
    assert is_id(numbering.number(first))


@pytest.mark.parametrize(
    ("prefix", "width", "paths"),
    [("a b", 6, ["prefix"]), ("x" * 41, 6, ["prefix"]), ("KH-", 0, ["width"]), ("\n", 19, ["prefix", "width"])],
)
def test_impossible_numberings_are_refused(prefix, width, paths):
    """A prefix that no id may have and a width out of range are refused, all at once."""
    with pytest.raises(Invalid) as error:
        Numbering(prefix, width)

    assert paths == [fault.path for fault in error.value.faults]


def test_numbers_start_at_one():
    """There is no number zero."""
    with pytest.raises(Invalid) as error:
        Numbering().number(0)

    assert ["out-of-range"] == [fault.code for fault in error.value.faults]
