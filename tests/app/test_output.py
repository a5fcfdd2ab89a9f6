"""Answers as plain data."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from crmcore import CRM, Actor, Invalid, NotFound, Refused
from crmcore.app.output import customer_details, customer_view, error_view, event_view, refusal_view
from crmcore.customers import (
    Abandon,
    ApplyForIntent,
    ApproveIntent,
    ContactDetails,
    FollowUp,
    HandOver,
    Lock,
    Protect,
    RecordFollowUp,
    RefuseProtection,
    Register,
    Sign,
)
from crmcore.errors import Fault
from crmcore.kernel.events import Envelope, UnknownEvent

EAST = timezone(timedelta(hours=8))
T = datetime(2026, 3, 1, 9, tzinfo=EAST)
LI = Actor("li", roles={"pre-sales"}, teams={"north"})
BOSS = Actor("boss", roles={"manager"})
SHORT_KEYS = "id number stage owner deadline version since pool locked request review merged_into".split()


def register(**more):
    """A complete registration."""
    contacts = (ContactDetails("王一凡", mobile="13800000001", main=True),)
    rest: dict[str, Any] = {
        "address": "示例路1号",
        "industry": "制造业",
        "phone": "0523-55501234",
        "introduction": "空调",
    }
    return Register("靖江市春意空调有限公司", id="C1", contacts=contacts, **rest, **more)


@pytest.fixture
def crm():
    """A CRM with one potential customer of li's."""
    crm = CRM.open(overrides={"customers.locks.per_owner": 1})
    crm.handle(register(), actor=LI, at=T)
    return crm


def test_a_protected_customer_in_short(crm):
    """All keys are there, times carry the zone's offset, and nothing is personal."""
    view = customer_view(crm.customer("C1", at=T), EAST)

    assert {
        "id": "C1",
        "number": "KH-000001",
        "stage": "potential",
        "owner": "li",
        "deadline": "2026-03-31T09:00:00+08:00",
        "version": 2,
        "since": "2026-03-01T09:00:00+08:00",
        "pool": "public",
        "locked": False,
        "request": None,
        "review": None,
        "merged_into": None,
    } == view
    assert SHORT_KEYS == list(view)


def test_a_customer_in_the_pool_has_no_owner_and_no_deadline(crm):
    """In the pool both are null."""
    view = customer_view(crm.customer("C1", at=T + timedelta(days=40)), EAST)

    assert ("pool", None, None, False) == (view["stage"], view["owner"], view["deadline"], view["locked"])
    assert SHORT_KEYS == list(view)


def test_a_pending_request_is_shown(crm):
    """Kind, by whom, when, and until when it holds the fall."""
    crm.handle(ApplyForIntent("C1", "询价"), actor=LI, at=T)

    assert {
        "kind": "intent",
        "by": "li",
        "at": "2026-03-01T09:00:00+08:00",
        "holds_until": "2026-04-03T09:00:00+08:00",
    } == customer_view(crm.customer("C1", at=T), EAST)["request"]


def test_a_lock_is_shown(crm):
    """A locked customer says so."""
    crm.handle(Lock("C1"), actor=BOSS, at=T)

    assert customer_view(crm.customer("C1", at=T), EAST)["locked"] is True


@pytest.mark.rule("P-10")
def test_a_review_is_shown():
    """By whom, since when, until when, and when the customer becomes public once refused."""
    crm = CRM.open(policy="reviewed")
    crm.handle(register(), actor=LI, at=T)
    waiting = customer_view(crm.customer("C1", at=T), EAST)["review"]
    crm.handle(RefuseProtection("C1", "资料不全"), actor=BOSS, at=T)
    refused = customer_view(crm.customer("C1", at=T), EAST)["review"]

    assert {"by", "at", "due", "public_at"} == waiting.keys()
    assert (None, "2026-03-04T09:00:00+08:00") == (waiting["public_at"], refused["public_at"])


def formal(crm):
    """The customer after a contract and a handover."""
    crm.handle(ApplyForIntent("C1", "询价"), actor=LI, at=T)
    crm.handle(ApproveIntent("C1"), actor=BOSS, at=T)
    crm.handle(Sign("C1", "HT-1", date(2026, 2, 28)), actor=LI, at=T)
    crm.handle(HandOver("C1", "zhou", ("service",)), actor=LI, at=T)
    return crm.customer("C1", at=T)


def test_a_formal_customer_has_no_deadline_but_a_handover(crm):
    """The details of a formal customer tell of the contract and who handed over."""
    details = customer_details(formal(crm), EAST)

    assert ("formal", "zhou", None) == (details["stage"], details["owner"], details["deadline"])
    assert {"by": "li", "at": "2026-03-01T09:00:00+08:00", "accepted_at": None} == details["handover"]
    assert (1, "2026-02-28", ["service"]) == (details["contracts"], details["signed_on"], details["teams"])


def test_details_hold_profile_contacts_and_what_rules_remember(crm):
    """Everything on record is there, and all of it is plain JSON."""
    later = T + timedelta(days=1)
    said = RecordFollowUp(customer="C1", channel="phone", content="沟通", next_contact_at=later)
    crm.handle(said, actor=LI, at=T)
    held = customer_details(crm.customer("C1", at=T), EAST)
    crm.handle(Abandon("C1", "暂无需求"), actor=LI, at=T)
    given_up = customer_details(crm.customer("C1", at=T), EAST)

    assert "靖江市春意空调有限公司" == held["profile"]["name"]
    assert (1, True, "13800000001") == tuple(held["contacts"][0][key] for key in ("number", "active", "mobile"))
    assert [{"follow_up": 1, "by": "li", "due": "2026-03-02T09:00:00+08:00"}] == held["actions"]
    assert (1, "2026-03-01T09:00:00+08:00", None) == (held["follow_ups"], held["last_contact_at"], held["pool_reason"])
    assert ("abandoned", "li", []) == tuple(given_up[key] for key in ("pool_reason", "last_owner", "contacted_by"))
    assert [{"who": "li", "until": "2026-03-04T09:00:00+08:00", "team": False}] == given_up["cool_downs"]
    assert held == json.loads(json.dumps(held))


@pytest.mark.rule("A-05")
def test_an_event_without_its_personal_part(crm):
    """Names, phones and texts are left out, everything else is flat, and the event's own number is renamed."""
    view = event_view(crm.history("C1", at=T)[0], EAST)

    assert ("registered", "C1", "2026-03-01T09:00:00+08:00") == (view["type"], view["customer"], view["at"])
    assert ("KH-000001", 1, "li") == (view["customer_number"], view["number"], view["by"])
    assert view["policy"].startswith("standard/1#")
    assert not {"name", "phone", "address"} & view["profile"].keys()
    assert "13800000001" not in json.dumps(view)


def test_an_event_with_its_personal_part(crm):
    """For who may see it, everything is there."""
    view = event_view(crm.history("C1", at=T)[0], EAST, personal=True)

    assert "靖江市春意空调有限公司" == view["profile"]["name"]
    assert "王一凡" == view["contacts"][0]["details"]["name"]


def test_the_number_of_a_follow_up_is_kept_apart(crm):
    """``follow_up`` is the follow-up's number, ``number`` the event's."""
    crm.handle(RecordFollowUp(customer="C1", channel="phone", content="沟通", next_contact_at=T), actor=LI, at=T)
    view = event_view(crm.history("C1", at=T)[-1], EAST)

    assert (1, 3) == (view["follow_up"], view["number"])
    assert "content" not in view


def test_an_unknown_event_says_nothing_personal():
    """Which fields of an unknown event are personal is not known, so none is shown unless asked for."""
    envelope = Envelope("C1", 7, "li", "p", UnknownEvent(datetime(2026, 3, 1, tzinfo=UTC), "new", 2, {"phone": "1"}))

    assert {"type", "customer", "at", "schema", "by", "number", "policy"} == event_view(envelope, EAST).keys()
    assert {"phone": "1"} == event_view(envelope, EAST, personal=True)["data"]


@pytest.mark.rule("P-21")
def test_a_refusal_tells_rule_code_time_words_and_parameters(crm):
    """Stages among the parameters are in the language asked for."""
    with pytest.raises(Refused) as refused:
        crm.handle(Protect("C1"), actor=Actor("wang", roles={"pre-sales"}), at=T)
    (refusal,) = refused.value.refusals
    english, chinese = (refusal_view(refusal, lang, EAST) for lang in ("en", "zh"))

    assert ["rule", "code", "until", "message", "params"] == list(english)
    assert ("P-02", "already-protected") == (english["rule"], english["code"])
    assert ("potential", "潜在客户") == (english["params"]["stage"], chinese["params"]["stage"])
    assert chinese["message"] != english["message"]


@pytest.mark.rule("P-08")
def test_a_refusal_tells_the_earliest_time(crm):
    """A cool-down says until when, with the zone's offset."""
    crm.handle(Abandon("C1", "暂无需求"), actor=LI, at=T)
    call = FollowUp(channel="phone", content="再谈")
    (refusal,) = crm.why_not(Protect("C1", follow_up=call), actor=LI, at=T)

    assert "2026-03-04T09:00:00+08:00" == refusal_view(refusal, "en", EAST)["until"]


def test_errors_as_data():
    """Faults name their fields; an error without faults has an empty list."""
    error = error_view(Invalid([Fault("at", "naive-time", "x"), Fault("do", "missing", "y")]), "en")

    assert ["code", "field", "message", "faults"] == list(error)
    assert ("invalid", "at") == (error["code"], error["field"])
    assert {"field": "do", "fault": "missing", "expected": "y"} == error["faults"][1]
    assert ("not-found", []) == tuple(error_view(NotFound("customer", "C1"), "zh")[key] for key in ("code", "faults"))
