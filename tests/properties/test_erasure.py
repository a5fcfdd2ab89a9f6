"""Erasure leaves no trace of a person in any stored byte, whoever it is and whatever was written (A-03)."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from crmcore import CRM, Actor
from crmcore.conflicts import DecideConflict, OpenConflict
from crmcore.customers import (
    AddAttachment,
    AddContact,
    ChangeContact,
    ChangeProfile,
    ContactDetails,
    Erase,
    Need,
    Needs,
    Participant,
    Profile,
    RecordConsent,
    RecordFollowUp,
    RecordNeeds,
    Register,
)
from crmcore.customers.stored import name_digest
from crmcore.kernel.personal import leaves
from crmcore.ratings import OverrideGrade, RecordScore, WithdrawOverride
from crmcore.scoring import evaluate
from tests.scoring.made import policy, worded
from tests.storage.remains import at_rest

LI = Actor("li", {"pre-sales"})
BOSS = Actor("boss", {"manager"})
ALL = Actor("all", {"manager", "pre-sales"})
START = datetime(2026, 3, 2, 1, tzinfo=UTC)
POLICY = {
    "customers.custom_fields": [{"name": "member", "indexed": True}],
    "customers.privacy.purposes": [{"name": "service"}],
}

#: Asks for a text.
TOLD = policy(worded("note"), id="told")

FIRM = Register("上海无关贸易有限公司", id="C1", address="x", industry="manufacturing", phone="0", introduction="x")

#: Texts of characters that stand nowhere else in a database of ours, long enough not to come about by chance.
texts = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=3, max_size=12)
digits = st.text("0123456789", min_size=11, max_size=15)
details = st.builds(
    ContactDetails,
    name=texts,
    position=texts,
    mobile=digits,
    phone=digits,
    email=texts.map("{}@example.com".format),
    address=texts,
    decision_role=texts,
    preferred_channel=texts,
    payment_terms=texts,
)


@contextmanager
def database() -> Iterator[tuple[CRM, Path]]:
    """A CRM on a SQLite file of its own."""
    folder = Path(tempfile.mkdtemp())
    try:
        with CRM.open(f"sqlite:///{folder / 'crm.db'}", overrides=POLICY, clock=lambda: START) as crm:
            yield crm, folder
    finally:
        shutil.rmtree(folder)


def traces(folder: Path, *values: Any) -> list[str]:
    """Which of the personal values inside these objects, or of these texts, stand in some file."""
    stored = at_rest(folder)
    found = [str(value) for one in values for _, value in (leaves(one) if attrs.has(type(one)) else [("", one)])]
    return [value for value in found if value.encode() in stored]


def follow_up(content: str, *participants: Participant) -> RecordFollowUp:
    """A follow-up with these participants."""
    return RecordFollowUp(
        customer="C1",
        channel="phone",
        content=content,
        next_contact_at=START + timedelta(days=9),
        next_action=content,
        feedback=content,
        participants=participants,
    )


def speak_of(crm: CRM, value: str, word: str, taken_back: str, note: str, decision: str) -> None:
    """Put on record what others say of C1: a score, a word against it, and a conflict with a firm."""
    for command in (
        attrs.evolve(FIRM, id="C2", name="上海有关贸易有限公司"),
        RecordScore("C1", evaluate(TOLD, {"note": value}, START), TOLD),
        OverrideGrade("C1", TOLD.id, "A", word),
        WithdrawOverride("C1", TOLD.id, taken_back),
        OpenConflict("C2", "C1", note, id="X1"),
        DecideConflict("X1", None, decision),
    ):
        crm.handle(command, actor=ALL)


slow = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.rule("A-03", "D-11")
@slow
@given(details, details, details, texts, texts)
def test_of_a_contact(
    before: ContactDetails, after: ContactDetails, other: ContactDetails, part: str, said: str
) -> None:
    """Neither now nor before, nor by name in what was said; what is others' stands where it stood."""
    assume(before != after)
    with database() as (crm, folder):
        known = [attrs.evolve(one, main=False) for one in (before, after, other)]
        firm = attrs.evolve(FIRM, introduction=f"{before.name}。")
        for command in (
            firm,
            AddContact("C1", known[0]),
            AddContact("C1", known[2]),
            follow_up(f"{said}，{before.name}（{before.mobile}）", Participant(before.name, part)),
            ChangeContact("C1", 1, known[1]),
            follow_up(f"{after.name}：{said}"),
            RecordConsent(customer="C1", purpose="service", contact=1, evidence=part),
        ):
            crm.handle(command, actor=LI)
        speak_of(crm, after.name, before.mobile or "", f"{before.name}！", f"{before.name}？", f"（{after.name}）")
        kept = {str(value) for _, value in leaves(other)} | {said}
        own = {str(value) for one in (before, after) for _, value in leaves(one)} | {part}
        gone = [value for value in own if not any(value in other for other in kept)]
        stood = traces(folder, *gone)
        done = crm.privacy.erase(Erase(customer="C1", contact=1, reason="x"), actor=BOSS)

        assert sorted(gone) == sorted(stood)
        assert done.is_scrubbed
        assert [] == traces(folder, *gone)
        assert [] == list(crm.verify())
        assert other.mobile in traces(folder, other)


@pytest.mark.rule("A-03", "D-11", "D-09")
@slow
@given(st.lists(texts, min_size=17, max_size=17, unique=True), digits, details)
def test_of_an_individual(words: list[str], phone: str, contact: ContactDetails) -> None:
    """Profile and custom fields with their columns, follow-ups, needs, references, proofs, and what others have said.

    That is the values of a score, reasons of a word against it, and the notes of a conflict; and no digest of the name.
    """
    with database() as (crm, folder):
        name, address, text, earlier, member, part, said, need, pain, file, uri, proof, *told = words
        profile = Profile(name, "individual", address=address, phone=phone, fields={"member": member})
        register = Register(name, "individual", id="C1", phone=phone, address=earlier, fields={"member": member})
        whom = {"name": file, "digest": "sha256:" + "0" * 64, "uri": f"example:{uri}"}
        for command in (
            register,
            ChangeProfile("C1", address=address, introduction=text),
            AddContact("C1", attrs.evolve(contact, main=False)),
            follow_up(said, Participant(part, part)),
            RecordNeeds("C1", Needs(need, (Need(need),), (pain,))),
            AddAttachment(customer="C1", kind="note", size=1, **whom),  # type: ignore[arg-type]
            RecordConsent(customer="C1", purpose="service", evidence=proof),
        ):
            crm.handle(command, actor=LI)
        speak_of(crm, *told)
        own = [*words, *(value for _, value in leaves(contact)), phone, name_digest(register)]
        stood = traces(folder, profile, *own)
        done = crm.privacy.erase(Erase(customer="C1", reason=f"{name} asked"), actor=BOSS)

        assert set(own) <= set(stood)
        assert [whom["uri"]] == [one.uri for one in done.attachments]
        assert [] == traces(folder, profile, *own)
        assert [] == list(crm.verify())


@pytest.mark.rule("A-03")
@slow
@given(st.lists(texts, min_size=3, max_size=3, unique=True))
def test_of_a_participant(words: list[str]) -> None:
    """Part and name, wherever they took part."""
    name, part, said = words
    with database() as (crm, folder):
        for command in (
            FIRM,
            follow_up(said, Participant(name, part)),
            follow_up(f"{name}：{said}", Participant(name)),
        ):
            crm.handle(command, actor=LI)
        stood = traces(folder, name, part)
        crm.privacy.erase(Erase(customer="C1", participant=name, reason="x"), actor=BOSS)

        assert [name, part] == stood
        assert [] == [value for value in traces(folder, name, part) if value not in said]
        assert [] == list(crm.verify())
