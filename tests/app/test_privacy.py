"""Erasure as the application does it: against others who are at work, in a host's transaction, and with plugins."""

import json
import sqlite3
import uuid
from collections.abc import Sequence
from typing import Any

import pytest

from crmcore.app.crm import CRM
from crmcore.app.outcome import Denied, Outcome
from crmcore.customers import ChangeProfile, PlaceHold, Register
from crmcore.errors import Refused
from crmcore.hooks import hookimpl
from crmcore.kernel.entities import Index, Kind
from crmcore.kernel.events import Envelope
from crmcore.storage.interface import NewEvent, Query, UnitOfWork, Write
from crmcore.testing.backend.races import at_once
from tests.customers.privacy import LEGAL, erase, firm, person
from tests.customers.scene import LI, MANAGER, MONDAY, Scene, record
from tests.kit.optimistic import OptimisticStore
from tests.storage.remains import at_rest

KNOWN = Register(name="欧阳小满", kind="individual", id="C1", phone="13912345678")


class Between:
    """Has something done by another, once, between deciding a command and committing it."""

    def __init__(self, when: str, do: Any) -> None:
        self.when, self.do = when, do
        self.seen: list[str] = []

    @hookimpl
    def crmcore_before_commit(self, changes: Sequence[Envelope]) -> None:
        """Do it, the first time."""
        self.seen += [envelope.type for envelope in changes]
        if self.do is not None and any(envelope.type == self.when for envelope in changes):
            do, self.do = self.do, None
            do()


class TestRaces:
    """A command that races with an erasure never writes the data back (A-03)."""

    @pytest.mark.rule("A-03")
    @pytest.mark.parametrize(
        "command",
        [ChangeProfile("C1", name="欧阳小满", phone="13912345679"), record(content="欧阳小满")],
        ids=["profile", "follow-up"],
    )
    def test_what_was_decided_before_is_decided_again(self, command):
        """It knew the person when it was decided; when it is to be stored, somebody has erased the person."""
        store = OptimisticStore(uuid.uuid4().hex)
        other = CRM.open(store, clock=lambda: MONDAY)
        other.handle(KNOWN, actor=LI)
        kind = {"ChangeProfile": "profile-changed"}.get(type(command).__name__, "follow-up-recorded")
        between = Between(kind, lambda: other.handle(erase(), actor=MANAGER))
        answer = CRM.open(store, plugins=[between], clock=lambda: MONDAY).answer(command, actor=LI)

        assert isinstance(answer, Denied)
        assert ["A-03 erased"] == [f"{one.rule} {one.code}" for one in answer.refusals]
        assert "" == other.customer("C1").profile.name
        assert [] == list(other.verify())
        assert "欧阳小满" not in everything(store)

    @pytest.mark.rule("A-03")
    def test_what_is_stored_meanwhile_is_erased_too(self):
        """An erasure that has been overtaken begins again, and finds what has been added."""
        store = OptimisticStore(uuid.uuid4().hex)
        other = CRM.open(store, clock=lambda: MONDAY)
        other.handle(KNOWN, actor=LI)
        between = Between("erased", lambda: other.handle(record(content="欧阳小满"), actor=LI))
        CRM.open(store, plugins=[between], clock=lambda: MONDAY).handle(erase(), actor=MANAGER)

        assert ["registered", "protected", "follow-up-recorded", "erased"] == [one.type for one in other.history("C1")]
        assert [] == list(other.verify())
        assert "欧阳小满" not in everything(store)

    @pytest.mark.rule("A-03")
    def test_on_sqlite_among_threads(self, tmp_path):
        """While others go on writing what they know of the person, one erases the person; nothing of it is left."""
        url = f"sqlite:///{tmp_path / 'crm.db'}"
        with CRM.open(url) as crm:
            crm.handle(KNOWN, actor=LI)

            def know(text: str) -> list[Outcome | Denied]:
                return [crm.answer(record(content=f"欧阳小满{text}{number}"), actor=LI) for number in range(15)]

            def forget() -> list[Outcome | Denied]:
                return [crm.privacy.erase(erase(), actor=MANAGER).outcome]

            told = at_once({"a": lambda: know("a"), "b": lambda: know("b"), "erase": forget})
            crm.privacy.scrub()

            assert "欧阳小满".encode() not in at_rest(tmp_path)
            assert [] == list(crm.verify())
            assert "erased" in [one.type for one in crm.history("C1")]
            denied = [answer.refusals for mine in told.values() for answer in mine if isinstance(answer, Denied)]
            assert {"A-03 erased"} >= {f"{one.rule} {one.code}" for refusals in denied for one in refusals}


def everything(store: OptimisticStore) -> str:
    """All that a store holds, bodies, columns and events."""
    models = store.shared.models.values()
    records = [body.decode() + repr(columns) for model in models for _, body, columns in model.records.values()]
    return "".join([*records, *(event[-1].decode() for model in models for event in model.events)])


class TestErase:
    """``crm.privacy.erase``: the command, what it leaves to the host, and the storage scrubbed (A-03)."""

    @pytest.mark.rule("A-03", "D-10")
    def test_references_are_handed_over(self):
        """They are gone from the record, and what they lead to is the host's to delete."""
        scene = firm().given(*(_attachment(contact) for contact in (1, 2, None)), by=LI)
        done = scene.crm.privacy.erase(erase(contact=1), actor=MANAGER)

        assert ["example:1"] == [one.uri for one in done.attachments]
        assert (True, False) == (done.outcome.customer.contacts[0].erased, done.is_scrubbed)
        assert "example:1" not in repr(done)

    @pytest.mark.rule("A-03")
    def test_a_refused_one_changes_nothing(self):
        """As a command; somebody who is not there, too."""
        scene = firm().given(PlaceHold("C1", "诉讼"), by=LEGAL)
        for command in (erase(contact=1), erase("C9")):
            with pytest.raises(Refused):
                scene.crm.privacy.erase(command, actor=MANAGER)

        assert "安娜" == scene.customer().contacts[0].details.name

    @pytest.mark.rule("A-03")
    def test_in_a_hosts_transaction(self, tmp_path):
        """The erasure is part of it, and scrubbing is the host's to ask for afterwards."""
        url = f"sqlite:///{tmp_path / 'crm.db'}"
        with CRM.open(url) as crm:
            crm.handle(KNOWN, actor=LI)
            host = sqlite3.connect(tmp_path / "crm.db", isolation_level=None)
            host.execute("BEGIN IMMEDIATE")
            done = crm.joined(host).privacy.erase(erase(), actor=MANAGER)
            host.execute("ROLLBACK")

            assert not done.is_scrubbed
            assert "欧阳小满" == crm.customer("C1").profile.name
            host.execute("BEGIN IMMEDIATE")
            assert not crm.joined(host).privacy.erase(erase(), actor=MANAGER).is_scrubbed
            host.execute("COMMIT")
            assert crm.privacy.scrub()
            assert "欧阳小满".encode() not in at_rest(tmp_path)
            host.close()

    @pytest.mark.rule("A-03")
    def test_where_the_storage_cannot_scrub(self):
        """It says so."""
        assert not Scene().crm.privacy.scrub()


def _attachment(contact: int | None) -> Any:
    from crmcore.customers import AddAttachment

    whose = {"contact": contact, "uri": f"example:{contact}"}
    return AddAttachment(customer="C1", name="x", kind="k", size=1, digest=f"sha256:{'0' * 64}", **whose)  # type: ignore[arg-type]


NOTE = Kind("my_note", {"customer": str}, (Index("by_customer", ("customer",)),))


class Notes:
    """A plugin that keeps a note on each customer, with what the customer is called."""

    @hookimpl
    def crmcore_kinds(self) -> list[Kind]:
        """Its kind."""
        return [NOTE]

    @hookimpl
    def crmcore_before_commit(self, uow: UnitOfWork, changes: Sequence[Envelope]) -> None:
        """Note who is registered; forget who is erased."""
        for envelope in changes:
            if envelope.type == "registered":
                name = envelope.event.profile.name
                uow.write([Write(NOTE.name, envelope.stream, 0, name.encode(), {"customer": envelope.stream})])
            if envelope.type == "erased":
                found = uow.query(Query(NOTE.name, "by_customer", (envelope.stream,)))
                uow.write([Write(NOTE.name, one.id, one.version, None) for one in found])


@pytest.mark.rule("A-03")
def test_a_plugin_erases_what_it_keeps():
    """In the same transaction, by the hook that tells it of every change."""
    scene = Scene(plugins=[Notes()]).given(KNOWN, by=LI)
    with scene.crm.store.begin() as uow:
        assert ["欧阳小满"] == [one.body.decode() for one in uow.get(NOTE.name, ["C1"])]
    scene.given(erase(), by=MANAGER)
    with scene.crm.store.begin() as uow:
        assert [] == uow.get(NOTE.name, ["C1"])


class TestProof:
    """What has been erased is proved to have been, and nothing else may be missing (A-03, D-13)."""

    def problems(self, scene: Scene) -> list[str]:
        """The codes of what does not add up."""
        return [problem.code for problem in scene.crm.verify()]

    def change(self, scene: Scene, id: str, body: bytes | None) -> None:
        """Change or delete a record of personal values behind the library's back."""
        with scene.crm.store.begin() as uow:
            [found] = uow.get("personal", [id])
            uow.write([Write("personal", id, found.version, body, found.columns)])

    @pytest.mark.rule("A-03", "D-13")
    def test_what_is_missing_without_an_erasure_is_found(self):
        """Deleting a text by hand is not the same as erasing it."""
        scene = firm()
        self.change(scene, "event/C1/3", None)

        assert ["personal"] == self.problems(scene)

    @pytest.mark.rule("A-03", "D-13")
    def test_what_was_left_is_sealed_anew(self):
        """Changing what an erasure has left of an event is found."""
        scene = firm().given(erase(contact=1), by=MANAGER)
        with scene.crm.store.begin() as uow:
            [found] = uow.get("personal", ["event/C1/3"])
        values = json.loads(found.body)
        values["values"]["content"] = "x"

        assert [] == self.problems(scene)
        self.change(scene, "event/C1/3", json.dumps(values).encode())
        assert ["personal"] == self.problems(scene)

    @pytest.mark.rule("A-03", "D-13")
    def test_what_comes_back_is_found(self):
        """Personal values under the reference of an event from which they were erased."""
        scene = person()
        with scene.crm.store.begin() as uow:
            [found] = uow.get("personal", ["event/C1/3"])
        scene.given(erase(), by=MANAGER)
        with scene.crm.store.begin() as uow:
            uow.write([Write("personal", found.id, 0, found.body, found.columns)])

        assert ["personal"] == self.problems(scene)

    @pytest.mark.rule("A-03")
    def test_long_histories(self, monkeypatch):
        """Page by page, each read once more than it has events."""
        monkeypatch.setattr("crmcore.storage.eventlog.PAGE", 2)
        scene = firm()
        for number in range(5):
            scene.given(record(content=f"安娜{number}"), by=LI)
        scene.given(erase(contact=1), by=MANAGER)

        assert [] == self.problems(scene)
        assert "安娜" not in "".join(
            one.event.content for one in scene.crm.history("C1") if one.type == "follow-up-recorded"
        )

    @pytest.mark.rule("A-03")
    def test_events_of_a_newer_version(self):
        """Their texts are struck out of where they can be; of a person erased as a whole they go."""
        for scene, whom in ((firm(), {"contact": 1}), (person(), {})):
            customer = scene.customer()
            body = {
                "n": customer.version + 1,
                "v": 9,
                "by": "li",
                "policy": "x",
                "personal": {"ref": "event/C1/99", "hash": "x"},
                "data": {"at": customer.last_at.isoformat()},
            }
            values = json.dumps({"salt": "s", "values": {"text": "安娜来访", "parts": [{"name": "安娜"}]}}).encode()
            with scene.crm.store.begin() as uow:
                uow.append([NewEvent("C1", "newer", json.dumps(body).encode())])
                uow.write([Write("personal", "event/C1/99", 0, values, {"subject": "C1"})])
            known: dict[str, Any] = whom
            scene.given(erase(**known), by=MANAGER)
            with scene.crm.store.begin() as uow:
                left = uow.get("personal", ["event/C1/99"])

            assert (1 if whom else 0) == len(left)
            assert all("安娜".encode() not in one.body for one in left)
