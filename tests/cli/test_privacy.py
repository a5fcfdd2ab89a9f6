"""``crmcore privacy`` and ``crmcore show --as``."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.helpers import BOSS, LI, answer, cli, give, jsonl, registration
from tests.storage.remains import at_rest

PURPOSE = ("--set", 'customers.privacy.purposes=[{name="service"}]')
LEGAL = ("--actor", "fa", "--role", "legal")
ANNA: Any = {"name": "安娜", "mobile": "13900001111", "email": "anna@example.com"}
UNKNOWN: Any = {"id": "P1", "name": "欧阳小满", "kind": "individual", "phone": "13912345678"}
ATTACHMENT: Any = {
    "name": "名片",
    "kind": "card",
    "size": 3,
    "digest": "sha256:" + "0" * 64,
    "uri": "s3://b/1",
    "contact": 1,
}


@pytest.fixture
def storage(tmp_path: Path) -> tuple[str, str]:
    """Give a storage with an enterprise, a contact and an attachment there, and an individual."""
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    commands = jsonl(
        registration(contacts=[ANNA]),
        registration(**UNKNOWN),
        give("add-attachment", customer="C1", **ATTACHMENT),
        give("place-hold", actor=BOSS, customer="P1", reason="诉讼"),
    )
    result = cli("run", "-", "--storage", url, input=commands)
    assert 0 == result.exit_code, result.output
    return "--storage", url


@pytest.mark.rule("A-03")
def test_the_report(tmp_path):
    """As a table, as JSON, in both languages."""
    url = ("--storage", f"sqlite:///{tmp_path / 'crm.db'}", *PURPOSE)
    cli("run", "-", *url, input=jsonl(registration(contacts=[ANNA]), registration(**UNKNOWN)))

    assert {"without_purpose": [{"customer": "C1", "contact": 1}, {"customer": "P1", "contact": None}]} == answer(
        "privacy", "report", *url
    )
    table, chinese = cli("privacy", "report", *url), cli("privacy", "report", "--lang", "zh", *url)
    assert 1 == table.exit_code
    assert "the customer itself" in table.stdout
    assert "客户本人" in chinese.stdout
    consents = jsonl(
        give("record-consent", customer="C1", purpose="service", contact=1),
        give("record-consent", customer="P1", purpose="service"),
    )
    cli("run", "-", *url, input=consents)
    done = cli("privacy", "report", *url)
    assert (0, "everybody's data has a purpose\n") == (done.exit_code, done.stdout)


@pytest.mark.rule("A-03")
def test_a_report_needs_purposes(storage):
    """The message says where they are to be named."""
    result = cli("privacy", "report", *storage)

    assert 2 == result.exit_code
    assert "customers.privacy.purposes: is empty (expected at least one purpose)" in result.stderr


@pytest.mark.rule("A-03")
def test_an_export(storage):
    """By customer and contact, as JSON and for people."""
    [held] = answer("privacy", "export", "C1", "--contact", "1", *LEGAL, *storage)["held"]
    shown = cli("privacy", "export", "KH-000002", *LEGAL, *storage).stdout

    assert ("C1", 1, ["s3://b/1"]) == (held["customer"], held["contact"], [one["uri"] for one in held["attachments"]])
    assert {"安娜", "13900001111", "anna@example.com"} <= {one["value"] for one in held["values"]}
    assert "欧阳小满" in shown
    assert "1 registered" in shown
    assert "as it is now" in shown


@pytest.mark.rule("A-03")
def test_an_export_of_an_enterprise(storage):
    """Which of its contacts is asked for has to be said."""
    told = cli("privacy", "export", "C1", *LEGAL, *storage)

    assert 1 == told.exit_code
    assert "A-03 the customer is an enterprise: name the contact it is about" in told.stderr


@pytest.mark.rule("A-03", "M-03")
def test_an_export_of_what_a_conflict_holds(storage: tuple[str, str]):
    """With the conflict as the place, for people and as JSON."""
    opened = give("open-conflict", actor=BOSS, customer="P1", other="C1", note="客户自述", id="X1")
    assert 0 == cli("run", "-", *storage, input=jsonl(opened)).exit_code
    [held] = answer("privacy", "export", "P1", *LEGAL, *storage)["held"]
    shown = cli("privacy", "export", "P1", *LEGAL, *storage).stdout

    assert ["conflict/X1", "conflict/X1"] == [one["place"] for one in held["values"] if one["value"] == "客户自述"]
    assert "conflict/X1 1 conflict opened" in shown


@pytest.mark.rule("A-03")
def test_an_export_of_who_is_found(storage):
    """By a phone number or an e-mail address; status 1 if nobody is."""
    found: Any = answer("privacy", "export", "--phone", "139 0000 1111", *LEGAL, *storage)
    nobody = cli("privacy", "export", "--email", "x@example.com", *LEGAL, *storage)
    asked = cli("privacy", "export", *LEGAL, *storage)

    assert [("C1", 1)] == [(one["customer"], one["contact"]) for one in found["held"]]
    assert (1, "") == (nobody.exit_code, nobody.stdout)
    assert 2 == asked.exit_code
    assert "CUSTOMER: is missing" in asked.stderr


@pytest.mark.rule("A-03")
@pytest.mark.parametrize("named", [["C1"], ["--contact", "1"], ["--participant", "安娜"], ["P1", "--contact", "1"]])
@pytest.mark.parametrize("by", [["--phone", "13900001111"], ["--email", "anna@example.com"]])
def test_an_export_is_asked_for_in_one_way(storage, named, by):
    """Who is found by a phone or an address is not named as well: one of the two would be left out in silence."""
    result = cli("privacy", "export", *named, *by, *LEGAL, *storage)

    assert (2, "") == (result.exit_code, result.stdout)
    assert f"{by[0]}: is not an allowed value (expected without CUSTOMER, --contact and --participant)" in result.stderr


@pytest.mark.rule("A-03", "A-01")
def test_who_may_not(storage):
    """Is told who may."""
    result = cli("privacy", "export", "P1", "--actor", "li", "--role", "pre-sales", *storage)

    assert 1 == result.exit_code
    assert "A-01 only a manager or legal may do this" in result.stderr


@pytest.mark.rule("A-03", "D-10")
def test_an_erasure(storage, tmp_path):
    """Says that nothing is left in the storage, and what is left for the host to delete."""
    erased = cli("privacy", "erase", "C1", "--contact", "1", "--reason", "asked", *LEGAL, *storage)
    again = cli("privacy", "erase", "C1", "--contact", "1", "--reason", "asked", *LEGAL, *storage)

    assert (0, 1) == (erased.exit_code, again.exit_code)
    assert "erased: nothing of it is left in the storage" in erased.stdout
    assert "s3://b/1\n" in erased.stdout
    assert "A-03 the person has been erased" in again.stderr
    assert "安娜".encode() not in at_rest(tmp_path)
    shown = cli("show", "C1", "--history", *storage).stdout
    assert "erased" in shown


@pytest.mark.rule("A-03")
def test_a_legal_hold_refuses(storage):
    """As JSON, with the rule."""
    result: Any = answer("privacy", "erase", "P1", "--reason", "asked", *LEGAL, *storage)

    assert (False, "refused") == (result["ok"], result["error"]["code"])
    assert "A-03" in result["error"]["message"]


@pytest.mark.rule("A-03")
def test_an_erasure_where_the_storage_cannot_scrub():
    """Says so."""
    url = ("--storage", "memory://cannot-scrub")
    cli("run", "-", *url, input=jsonl(registration(**UNKNOWN)))
    told = cli("privacy", "erase", "P1", "--reason", "asked", "--lang", "zh", *LEGAL, *url)
    done: Any = answer("privacy", "erase", "P1", "--reason", "asked", *LEGAL, *url)

    assert "已抹除: 存储中可能仍有已删记录的残留" in told.stdout
    assert not done["ok"]


@pytest.mark.rule("A-03")
def test_an_erasure_as_json(storage):
    """With the references that are gone."""
    done: Any = answer("privacy", "erase", "C1", "--contact", "1", "--reason", "asked", *LEGAL, *storage)

    assert {"ok": True, "customer": "C1", "scrubbed": True, "attachments": ["s3://b/1"]} == done


@pytest.mark.rule("A-02")
def test_a_customer_as_somebody_sees_it(storage):
    """The owner everything, others in masked form; as JSON and for people."""
    then = ("--at", "2026-03-02T09:00:00+08:00")
    other, owner = (*then, "--as", "wang", "--role", "pre-sales"), (*then, "--as", LI["id"])
    masked: Any = answer("show", "C1", *other, *storage)
    whole: Any = answer("show", "C1", *owner, *storage)
    shown = cli("show", "P1", "--lang", "zh", *other, *storage).stdout

    assert (True, "139****1111") == (masked["masked"], masked["contacts"][0]["mobile"])
    assert (False, "13900001111") == (whole["masked"], whole["contacts"][0]["mobile"])
    assert "欧**" in shown
    assert "139****5678" in shown
    assert "潜在客户" in shown
    assert "安**" in cli("show", "C1", *other, *storage).stdout


@pytest.mark.rule("A-02", "L-04")
def test_a_customer_that_is_not_there_for_somebody(storage):
    """As if there were none."""
    assert 1 == cli("show", "C1", "--as", "a9", "--role", "agent", *storage).exit_code
