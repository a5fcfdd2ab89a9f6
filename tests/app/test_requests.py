"""Reading commands that other programs send."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.app.requests import command_from, parsed, read_request
from crmcore.customers import COMMANDS, ContactDetails, FollowUp, Protect, Register, Sign
from crmcore.errors import Invalid
from crmcore.kernel.actors import Actor

GOOD = {
    "at": "2026-03-01T09:00:00+08:00",
    "actor": {"id": "li", "roles": ["pre-sales"], "teams": ["north"]},
    "do": "protect",
    "customer": "C1",
    "contact": {"name": "王一凡", "main": True},
    "follow_up": {"channel": "phone", "content": "沟通", "next_contact_at": "2026-03-05T09:00:00Z"},
}


CALL = FollowUp(channel="phone", content="沟通", next_contact_at=datetime(2026, 3, 5, 9, tzinfo=UTC))


def changed(**changes):
    """A good line with other fields; None takes one out."""
    return json.dumps({key: value for key, value in {**GOOD, **changes}.items() if value is not None})


def faults(line):
    """The (path, code) pairs found in a line."""
    with pytest.raises(Invalid) as error:
        read_request(line)
    return [(fault.path, fault.code) for fault in error.value.faults]


def test_a_good_line_becomes_a_request():
    """Time, actor and command are read with all that is inside them."""
    request = read_request(changed())

    assert datetime(2026, 3, 1, 1, tzinfo=UTC) == request.at
    assert Actor("li", {"pre-sales"}, {"north"}) == request.actor
    assert Protect("C1", ContactDetails("王一凡", main=True), CALL) == request.command


def test_bytes_are_utf_8():
    """A line of bytes reads like its text."""
    assert read_request(changed()) == read_request(changed().encode())


def test_the_time_may_be_left_out():
    """Without "at", and with null, the command is given now."""
    assert read_request(changed(at=None)).at is None
    assert read_request(json.dumps({**GOOD, "at": None})).at is None


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_known_by_its_name(name):
    """Each name of the wire leads to its own class, which then asks for its own fields."""
    with pytest.raises(Invalid) as error:
        command_from(name, {"customer": "C1", "nonsense": 1})
    (fault,) = [fault for fault in error.value.faults if fault.path == "nonsense"]
    fields: list[str] = [attribute.name for attribute in vars(COMMANDS[name])["__attrs_attrs__"]]

    assert "one of " + ", ".join(fields) == fault.expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"\xff\xfe{}", ("(all)", "bad-encoding")),
        ("", ("(all)", "bad-json")),
        ("{", ("(all)", "bad-json")),
        ("nonsense", ("(all)", "bad-json")),
        ("[1]", ("(all)", "wrong-type")),
        ("null", ("(all)", "wrong-type")),
        ('{"a": NaN}', ("(all)", "bad-json")),
        ('{"a": -Infinity}', ("(all)", "bad-json")),
        ('{"a": 1, "a": 2}', ("a", "duplicate")),
        ('{"x": {"b": 1, "b": 2}}', ("b", "duplicate")),
        ("[" * 100_000, ("(all)", "bad-json")),
        ('{"a":' * 100_000, ("(all)", "bad-json")),
        ('{"at": ' + "9" * 5000 + "}", ("(all)", "bad-json")),
        (changed(at="2026-03-01T09:00:00"), ("at", "naive-time")),
        (changed(at="2026-03-01"), ("at", "naive-time")),
        (changed(at="yesterday"), ("at", "bad-time")),
        (changed(at=5), ("at", "wrong-type")),
        (changed(at="9999-06-01T00:00:00Z"), ("at", "out-of-range")),
        (changed(actor=None), ("actor", "missing")),
        (changed(actor=[]), ("actor", "wrong-type")),
        (changed(actor={}), ("actor.id", "missing")),
        (changed(actor={"id": 5}), ("actor.id", "wrong-type")),
        (changed(actor={"id": ""}), ("actor.id", "wrong-type")),
        (changed(actor={"id": "li", "roles": ["boss"]}), ("actor.roles", "not-allowed")),
        (changed(actor={"id": "li", "roles": "manager"}), ("actor.roles", "wrong-type")),
        (changed(actor={"id": "li", "rank": 1}), ("actor.rank", "unknown-field")),
        (changed(do=None), ("do", "missing")),
        (changed(do="fly"), ("do", "not-allowed")),
        (changed(do=["protect"]), ("do", "wrong-type")),
        (changed(customer=None), ("customer", "missing")),
        (changed(customer=7), ("customer", "wrong-type")),
        (changed(customer="a b"), ("customer", "bad-character")),
        (changed(customer="x" * 65), ("customer", "too-long")),
        (changed(colour="red"), ("colour", "unknown-field")),
        (changed(contact={"name": "x" * 10_000_000}), ("contact.name", "too-long")),
        (changed(contact={"name": "a\0b"}), ("contact.name", "bad-character")),
        (changed(contact={"name": "\ud800"}), ("contact.name", "bad-character")),
        (changed(contact={"name": "王", "main": 1}), ("contact.main", "wrong-type")),
        (changed(contact={"\udfff": 1}), ("contact.\\udfff", "bad-character")),
        (changed(contact=None, follow_up={"held_at": "2026-03-01"}), ("follow_up.held_at", "naive-time")),
        (changed(actor={"id": "li", "teams": ["\ud800"]}), ("actor.teams[0]", "bad-character")),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_by_its_field(line, expected):
    """Each fault names the field as it stands in the line, and what is wrong with it."""
    assert expected in faults(line)


def test_all_faults_are_told_at_once():
    """Time, actor and command are judged each for itself."""
    assert [("at", "bad-time"), ("actor.id", "missing"), ("do", "not-allowed")] == faults(
        changed(at="x", actor={}, do="fly")
    )


def test_an_unknown_command_is_answered_with_the_known_ones():
    """The fault lists the names there are."""
    with pytest.raises(Invalid) as error:
        read_request(changed(do="fly"))

    assert all(name in error.value.faults[0].expected for name in COMMANDS)


def test_what_was_sent_is_never_repeated():
    """Messages name fields, not values."""
    for line in (changed(at="机密"), changed(customer="机 密"), '{"a": 机密}', changed(actor={"id": "机密\0"})):
        with pytest.raises(Invalid) as error:
            read_request(line)

        assert "机密" not in str(error.value) + error.value.message("zh")


def test_escapes_that_can_be_stored_are_text():
    """An escaped pair of surrogates is one character."""
    command = command_from("register", parsed('{"name": "\\ud83d\\ude00 \\u6c5f"}'))

    assert isinstance(command, Register)
    assert "😀 江" == command.name


def test_dates_are_read():
    """A date of a command is a date."""
    command = command_from("sign", {"customer": "C1", "contract": "1", "signed_on": "2026-02-28"})

    assert isinstance(command, Sign)
    assert "2026-02-28" == str(command.signed_on)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.binary() | JSON.map(json.dumps) | st.text())
def test_whatever_is_sent_is_a_request_or_faults(line):
    """No input leads to any other error."""
    assert faults(line)


def outcome_of(line):
    """The request that a line holds, or its faults."""
    try:
        return read_request(line)
    except Invalid as invalid:
        return invalid.faults


@given(st.dictionaries(st.sampled_from(["at", "actor", "do", "customer", "name", "fields", "contact"]), JSON))
def test_whatever_stands_in_known_fields_is_a_request_or_faults(data):
    """Known fields with any value are read or refused."""
    for name in ("protect", "register", "sign"):
        read = outcome_of(json.dumps({**data, "do": name}))

        assert read
