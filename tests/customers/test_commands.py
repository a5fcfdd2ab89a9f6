"""Commands are checked for form when they are made."""

from datetime import date, datetime
from typing import Any

import pytest

from crmcore.customers import (
    COMMANDS,
    Abandon,
    ChangeContact,
    ContactDetails,
    HandOver,
    RecordFollowUp,
    Register,
    Sign,
    Transfer,
)
from crmcore.errors import Invalid
from tests.customers.scene import register


def test_commands_are_named_after_their_classes():
    """Kebab-case on the wire, and a name in both languages for people."""
    assert RecordFollowUp is COMMANDS["record-follow-up"]
    assert Abandon is COMMANDS["abandon"]
    for name, command in COMMANDS.items():
        assert name == command.do
        assert command.label.text("en").isascii()
        assert not command.label.text("zh").isascii()


def test_the_right_to_give_a_command_goes_by_its_variant():
    """Registering has two, all others one."""
    assert ["register", "register-into-pool"] == [register(into=into).variant for into in ("potential", "pool")]
    assert "abandon" == Abandon("C1").variant


@pytest.mark.parametrize(
    ("make", "field", "code"),
    [
        (lambda: Register(name="x" * 201), "name", "too-long"),
        (lambda: Register(name=None), "name", "wrong-type"),  # type: ignore[arg-type]
        (lambda: Register(name="x", phone=13800000001), "phone", "wrong-type"),  # type: ignore[arg-type]
        (lambda: Register(name="x", introduction="x" * 10_001), "introduction", "too-long"),
        (lambda: Register(name="x\0"), "name", "bad-character"),
        (lambda: Register(name="x", id="a b"), "id", "bad-character"),
        (lambda: Register(name="x", id=""), "id", "empty"),
        (lambda: Abandon("C 1"), "customer", "bad-character"),
        (lambda: Abandon(""), "customer", "empty"),
        (lambda: Abandon("C1", "x" * 10_001), "reason", "too-long"),
        (lambda: Transfer("C1", "a b"), "to", "bad-character"),
        (lambda: Transfer("C1", "li", ("a b",)), "teams", "bad-character"),
        (lambda: HandOver("C1", ""), "to", "empty"),
        (lambda: ContactDetails("x" * 201), "name", "too-long"),
        (lambda: RecordFollowUp(customer="C1", channel="phone", content="x" * 10_001), "content", "too-long"),
        (
            lambda: RecordFollowUp(customer="C1", channel="phone", content="x", held_at=datetime(2026, 3, 1)),  # noqa: DTZ001
            "held_at",
            "naive-time",
        ),
        (
            lambda: RecordFollowUp(customer="C1", channel="phone", content="x", next_contact_at=date(2026, 3, 1)),  # type: ignore[arg-type]
            "next_contact_at",
            "wrong-type",
        ),
    ],
)
def test_what_is_no_value_of_a_field_is_refused(make, field, code):
    """With the field and the fault."""
    with pytest.raises(Invalid) as error:
        make()

    assert [(field, code)] == [(fault.path, fault.code) for fault in error.value.faults]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Register(name="x", kind="firm"),  # type: ignore[arg-type]
        lambda: Register(name="x", into="POOL"),  # type: ignore[arg-type]
        lambda: ChangeContact("C1", "1", ContactDetails("x")),  # type: ignore[arg-type]
        lambda: RecordFollowUp(customer="C1", channel="phone", content="x", corrects="1"),  # type: ignore[arg-type]
        lambda: Sign("C1", "HT-1", "2026-03-01"),  # type: ignore[arg-type]
    ],
    ids=["kind", "into", "number", "corrects", "signed_on"],
)
def test_words_numbers_and_days_are_checked_too(make):
    """A program's slip must not get further than the command: kind, into, numbers, and the day of signing."""
    with pytest.raises(Invalid):
        make()


def test_lengths_at_the_limit_are_taken():
    """Two hundred characters of a name, ten thousand of a text."""
    longest: dict[str, Any] = {"name": "长" * 200, "introduction": "长" * 10_000}

    assert longest == {name: getattr(Register(**longest), name) for name in longest}
