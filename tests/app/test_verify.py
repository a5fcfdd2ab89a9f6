"""Finding what has been changed behind the library's back."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crmcore.app.verify import WHAT, Problem
from crmcore.customers import ContactDetails
from crmcore.errors import Unreadable
from crmcore.storage.interface import NewEvent, Record, Write
from tests.customers.scene import LI, MANAGER, MONDAY, Scene, claim, record, register

OTHERS = {"id": "C2", "name": "靖江市春意贸易有限公司"}


@pytest.fixture
def scene() -> Scene:
    """Two customers, the first with a contact, an open action and some history."""
    scene = Scene().potential(contacts=(ContactDetails("王经理"),)).given(register(**OTHERS), by=LI)
    scene.given(record(next_contact_at=MONDAY + timedelta(days=3)), by=LI)
    scene.given(record(next_contact_at=MONDAY + timedelta(days=4), next_action_by="zhao"), by=LI)
    return scene.at(days=1)


def problems(scene: Scene) -> list[tuple[str, str]]:
    """Customer and code of each problem."""
    return [(problem.customer, problem.code) for problem in scene.crm.verify()]


def tamper(scene: Scene, kind: str, id: str, change: Callable[[Any], None], **columns: Any) -> None:
    """Change a stored record as somebody with access to the storage could."""
    with scene.crm.store.begin() as uow:
        [found] = uow.get(kind, [id])
        body = json.loads(found.body)
        change(body)
        uow.write([Write(kind, id, found.version, json.dumps(body).encode(), {**found.columns, **columns})])


def remove(scene: Scene, kind: str, id: str) -> None:
    """Delete a stored record."""
    with scene.crm.store.begin() as uow:
        [found] = uow.get(kind, [id])
        uow.write([Write(kind, id, found.version, None)])


def append(scene: Scene, type: str, stream: str = "C1", **body: Any) -> None:
    """Append an event."""
    with scene.crm.store.begin() as uow:
        uow.append([NewEvent(stream, type, json.dumps(body).encode())])


def event(number: int, **data: Any) -> dict[str, Any]:
    """The body of an event by Li, a day later."""
    return {"n": number, "v": 1, "by": "li", "policy": "x", "data": {"at": "2026-03-03T01:00:00+00:00", **data}}


def stored(scene: Scene, kind: str, id: str) -> Record:
    """A stored record."""
    with scene.crm.store.begin() as uow:
        [found] = uow.get(kind, [id])
    return found


def test_what_nobody_has_touched_adds_up(scene):
    """Whatever has happened to it."""
    scene.at(days=30).given(claim(), by=LI).crm.sweep()
    scene.formal(id="C3", name="靖江市第三贸易有限公司")

    assert [] == problems(scene)
    assert [] == problems(Scene())


@pytest.mark.rule("D-13")
@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["stage"].update(owner="wang"),
        lambda body: body["stage"].update(deadline="2027-01-01T00:00:00+00:00"),
        lambda body: body.update(version=9),
        lambda body: body.update(contracts=1),
        lambda body: body["profile"].update(region="江苏"),
    ],
    ids=["owner", "deadline", "version", "contracts", "profile"],
)
def test_a_changed_state_is_found(scene, change):
    """It is not what its history leads to."""
    tamper(scene, "customer", "C1", change)

    assert [("C1", "state")] == problems(scene)


@pytest.mark.rule("D-13")
def test_changed_personal_data_is_found(scene):
    """Of the state, whose record says which version of it belongs to it, as well as of the registration."""
    tamper(scene, "personal", "customer/C2", lambda body: body["values"]["profile"].update(phone="1"))
    tamper(scene, "personal", "event/C1/1", lambda body: body["values"]["profile"].update(name="x"))

    assert [("C1", "state"), ("C2", "unreadable")] == problems(scene)


@pytest.mark.rule("D-13", "F-05")
def test_a_changed_follow_up_is_found(scene):
    """No state depends on what was said; the hash in the log tells that it is not what was recorded."""
    tamper(scene, "personal", "event/C1/3", lambda body: body["values"].update(content="x"))

    assert ["C1"] == [customer for customer, _ in problems(scene)]


@pytest.mark.rule("D-13")
@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("handed-over", event(5, owner="li", to="ning", teams=[], by="li")),
        ("locked", event(5)),
        ("locked", event(7)),
    ],
    ids=["handed-over", "locked", "number"],
)
def test_an_event_too_many_is_found(scene, type, body):
    """What it would lead to is not what is stored."""
    append(scene, type, **body)

    assert [("C1", "state")] == problems(scene)


@pytest.mark.parametrize(
    "columns", [{"owner": "wang"}, {"stage": "pool"}, {"falls_at": None}, {"pool_at": 0}, {"locked": True}], ids=str
)
def test_changed_columns_are_found(scene, columns):
    """Queries would no longer find the customer where it is."""
    tamper(scene, "customer", "C1", lambda _body: None, **columns)

    assert [("C1", "columns")] == problems(scene)


@pytest.mark.rule("F-02")
def test_a_missing_action_is_found(scene):
    """It would be in nobody's agenda."""
    remove(scene, "action", "C1/2")

    assert [("C1", "actions")] == problems(scene)


@pytest.mark.rule("F-02")
def test_a_changed_action_is_found(scene):
    """In its body or in its columns."""
    tamper(scene, "action", "C1/2", lambda body: body["action"].update(by="wang"))

    assert [("C1", "actions")] == problems(scene)


@pytest.mark.rule("F-02")
def test_an_action_too_many_is_found(scene):
    """Nobody has planned it."""
    found = stored(scene, "action", "C1/2")
    with scene.crm.store.begin() as uow:
        uow.write([Write("action", "C1/9", 0, found.body, found.columns)])

    assert [("C1", "actions")] == problems(scene)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"n": 5, "v": 1, "by": "li", "policy": "x", "data": {}},
        {"n": 5, "v": 1, "by": "li", "policy": "x", "data": {"at": "soon"}},
        {"n": 5, "v": "1", "by": "li", "policy": "x", "data": {}},
    ],
    ids=["empty", "no-time", "bad-time", "bad-schema"],
)
def test_an_event_that_cannot_be_read_is_found(scene, body):
    """And does not end the search."""
    append(scene, "locked", **body)
    tamper(scene, "customer", "C2", lambda _body: None, owner="wang")

    assert [("C1", "unreadable"), ("C2", "columns")] == problems(scene)


def test_an_event_that_is_no_json_is_found(scene):
    """As one that cannot be read."""
    with scene.crm.store.begin() as uow:
        uow.append([NewEvent("C1", "locked", b"{")])

    assert [("C1", "unreadable")] == problems(scene)


@pytest.mark.parametrize("broken", ["body", "schema", "personal", "action"])
def test_a_record_that_cannot_be_read_is_found(scene, broken):
    """The customer's own, its personal part, or one of its actions; the search goes on to the next customer."""
    if broken == "body":
        tamper(scene, "customer", "C1", lambda body: body.clear())
    elif broken == "schema":
        tamper(scene, "customer", "C1", lambda body: body.update(schema=99))
    elif broken == "personal":
        remove(scene, "personal", "customer/C1")
    else:
        tamper(scene, "action", "C1/2", lambda body: body.clear())
    tamper(scene, "customer", "C2", lambda _body: None, owner="wang")

    assert [("C1", "unreadable"), ("C2", "columns")] == problems(scene)


@pytest.mark.parametrize(("type", "schema"), [("teleported", 1), ("locked", 9)], ids=["type", "schema"])
def test_events_of_a_newer_program_are_said_to_be_so(scene, type, schema):
    """They cannot be judged."""
    append(scene, type, **{**event(5), "v": schema})

    assert [("C1", "newer")] == problems(scene)


@pytest.mark.rule("D-11")
def test_a_deleted_customer_is_found(scene):
    """By its events, which are still there."""
    remove(scene, "customer", "C1")

    assert [("C1", "events")] == problems(scene)


@pytest.mark.rule("D-13")
def test_events_of_nobody_are_found(scene):
    """Streams that belong to no customer."""
    append(scene, "locked", stream="C9", **event(1))

    assert [("C9", "events")] == problems(scene)


def test_a_customer_that_no_index_leads_to_is_found(scene):
    """By its events, as one whose index columns do not fit."""
    tamper(scene, "customer", "C1", lambda _body: None, number=None)

    assert [("C1", "columns")] == problems(scene)


def test_a_gap_in_the_log_is_found(scene):
    """Positions have no gaps, so one is left where events were taken out."""
    log = scene.crm.store._data.logs[""]
    first, second, *rest = log.all
    assert "C1" == first.stream == second.stream
    log.all[:] = rest

    assert ("C2", "positions") in problems(scene)


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{}", "unreadable"), (b"\xff", "unreadable"), (b"5", "unreadable"), (b'{"keys":1,"parts":7}', "keys")],
    ids=["empty", "bytes", "number", "type"],
)
def test_damaged_names_are_unreadable(scene, body, code):
    """The others are looked at all the same, and whoever asks for them learns which record it is."""
    with scene.crm.store.begin() as uow:
        [found] = uow.get("match_name", ["C1"])
        uow.write([Write("match_name", "C1", found.version, body, found.columns)])

    assert [("C1", code)] == problems(scene)
    with pytest.raises(Unreadable) as caught:
        scene.crm.search("春意", actor=LI)
    assert ("match_name", "C1") == (caught.value.kind, caught.value.id)


def test_an_event_that_is_no_object_is_unreadable(scene):
    """Whatever else JSON may hold."""
    with scene.crm.store.begin() as uow:
        uow.append([NewEvent("C1", "locked", b"5")])

    assert [("C1", "unreadable")] == problems(scene)


def test_everything_is_found_page_by_page(scene, monkeypatch):
    """Progress is told after each page, and every page is looked at."""
    monkeypatch.setattr("crmcore.app.verify.PAGE", 1)
    remove(scene.given(register(into="pool", id="C3", name="靖江市第三贸易有限公司"), by=MANAGER), "customer", "C2")
    tamper(scene, "customer", "C3", lambda _body: None, owner="wang")
    told: list[int] = []

    assert [Problem("C3", "columns"), Problem("C2", "events")] == list(
        dict.fromkeys(scene.crm.verify(progress=told.append))
    )
    assert [1, 2, 2] == told


def test_a_stray_is_told_once(scene, monkeypatch):
    """However many events it has, on however many pages."""
    monkeypatch.setattr("crmcore.app.verify.PAGE", 1)
    remove(scene, "customer", "C1")

    assert [("C1", "events")] == problems(scene)


@pytest.mark.parametrize("code", WHAT)
def test_problems_have_words_in_both_languages(code):
    """With the customer they are about."""
    problem = Problem("C1", code)

    assert problem.message().startswith("C1: ")
    assert problem.message().isascii()
    assert not problem.message("zh").isascii()


def test_verifying_changes_nothing(scene):
    """And shuts nobody out while its findings are looked at."""
    tamper(scene, "customer", "C1", lambda _body: None, owner="wang")
    found = scene.crm.verify()
    next(found)

    assert "C2" == scene.crm.customer("C2").id
    assert [] == list(found)


def test_keys_that_do_not_follow_from_the_customer_are_found(scene):
    """Of a name that was changed, or of a key that is gone; keys that other rules made are none of its business."""
    assert [] == problems(scene)
    tamper(scene, "match_name", "C1", lambda body: body.update(parts="x"))
    remove(scene, "match_key", "C2/0")

    assert [("C1", "keys"), ("C2", "keys")] == problems(scene)
    tamper(scene, "match_name", "C1", lambda body: body.update(parts="y"), rules="of old")
    assert [("C2", "keys")] == problems(scene)


def test_keys_where_there_should_be_none_are_found(scene, monkeypatch):
    """As of who is to be found as nobody."""
    monkeypatch.setattr("crmcore.app.verify.found_as", lambda *_: None)

    assert {"keys"} == {code for _, code in problems(scene)}
