"""Texts among the values of a score, and reasons, stand apart and can be erased."""

from pathlib import Path
from typing import Any

import attrs
import pytest

from crmcore import CRM, Refused
from crmcore.app.scores import Tally
from crmcore.customers import AddContact, ChangeProfile, ContactDetails, Erase, Register
from crmcore.customers.erasing import STRUCK_OUT
from crmcore.kernel.times import to_micros
from crmcore.ratings import OverrideGrade, RecordScore
from crmcore.scoring import (
    MISSING,
    Evidence,
    Feature,
    evaluate,
    shipped,
)
from crmcore.storage.interface import Query, Write
from tests.customers.scene import LI, MANAGER, MONDAY, Scene, register
from tests.ratings.rated import DAY
from tests.scoring.made import banded, policy

#: A policy with a text among its inputs.
REGIONAL = policy(
    attrs.evolve(shipped("lead-grade").factors[0], key="region", params={"name": "region"}), id="regional"
)

#: A policy that asks for a day and an amount, both in fields of the customer.
CARING = policy(
    banded("birthday", (None, 0, "any"), source="days-until"),
    banded("income", (None, 0, "low"), (10_000, 10, "high")),
    id="care",
)
FIELDS = {
    "customers.custom_fields": [
        {"name": name, "type": type}
        for name, type in (("birthday", "date"), ("income", "decimal"), ("phone_again", "integer"))
    ]
}


class TestPersonal:
    """Texts among a score's values, and reasons, stand apart; they can be erased."""

    def test_texts_stand_in_the_customers_personal_records(self, scene):
        """Neither the score's record nor any event holds them; they are found by the customer."""
        scene.given(ChangeProfile("C1", region="Zhejiang"), by=MANAGER)
        scene.scored(policy=REGIONAL)
        scene.crm.handle(_word("regional", "because of Wang"), actor=MANAGER)
        with scene.crm.store.begin() as uow:
            rows = uow.get("score", [f"score regional C1 {to_micros(scene.now)}"])
            bodies = [
                *rows,
                *uow.get("grade_override", ["score regional C1 1"]),
                *uow.read_events(0, 100, "score regional C1"),
            ]
            kept = uow.query(Query("personal", "by_subject", ("C1",), limit=100))
        text = b"".join(row.body for row in bodies)

        assert 1 == len(rows)
        assert b"Zhejiang" not in text
        assert b"Wang" not in text
        assert {"score/score regional C1 " + str(to_micros(scene.now)), "grade_override/score regional C1 1"} <= {
            row.id for row in kept
        }
        assert "Zhejiang" == scene.crm.scores.get("C1", "regional").inputs["region"].value

    def test_what_is_erased_leaves_the_figures(self, scene):
        """The grade stays, and all adds up; only the explanation is refused, for its value is gone."""
        scene.given(ChangeProfile("C1", region="Zhejiang"), AddContact("C1", ContactDetails("Zhejiang")), by=MANAGER)
        scene.scored(policy=REGIONAL)
        scene.crm.handle(_word("regional", "because of Zhejiang"), actor=MANAGER)
        scene.given(Erase(customer="C1", contact=1, reason="asked"), by=MANAGER)
        standing = scene.crm.scores.standing("C1", "regional")

        assert MISSING == standing.score.inputs["region"].value
        assert standing.override is not None
        assert f"because of {STRUCK_OUT}" == standing.override.reason
        assert scene.sound()
        with pytest.raises(Refused, match=r"^A-03 values that the score was made of have been erased") as error:
            scene.crm.scores.explain("C1", "regional")
        assert ["values-erased"] == [refusal.code for refusal in error.value.refusals]

    def test_what_has_gone_by_hand_is_no_erasure(self, scene):
        """It is found, for no event tells of it; until then the grade stays."""
        scene.given(ChangeProfile("C1", region="Zhejiang"), by=MANAGER)
        scene.scored(policy=REGIONAL)
        scene.crm.handle(_word("regional", "because of Wang"), actor=MANAGER)
        _remove(scene.crm, "personal", "grade_override/score regional C1 1")
        standing = scene.crm.scores.standing("C1", "regional")

        assert standing.override is not None
        assert "–" == standing.override.reason
        assert ["personal"] == [problem.code for problem in scene.crm.verify()]


@pytest.mark.rule("A-03")
class TestFields:
    """What came from a customer's fields is personal whatever its type: a day of birth, an income."""

    def test_no_byte_of_it_is_left(self, tmp_path):
        """The file holds neither the date nor the amount once the person is erased; grade and points stay."""
        path = tmp_path / "crm.db"
        crm = CRM.open(f"sqlite:///{path}", overrides=FIELDS, clock=lambda: MONDAY)
        crm.handle(_somebody(), actor=LI)
        recorded = crm.scores.record(CARING, "C1", actor=MANAGER, at=MONDAY + DAY)
        before = _bytes(tmp_path)
        crm.privacy.erase(Erase(customer="C1", reason="asked"), actor=MANAGER, at=MONDAY + 2 * DAY)
        score = crm.scores.get("C1", "care", at=MONDAY + 3 * DAY)
        problems = list(crm.verify())
        crm.close()

        assert [True] * 2 == [told in before for told in (b"1987-06-0", b"12345.67")]
        assert [False] * 2 == [told in _bytes(tmp_path) for told in (b"1987-06-0", b"12345.67")]
        assert (recorded.events[0].event.grade, recorded.events[0].event.raw) == (score.grade, score.raw)
        assert {Feature(MISSING)} == set(score.inputs.values())
        assert [] == problems

    def test_it_comes_back_as_it_was_given(self):
        """As long as nobody is erased: numbers, dates and what they rest on."""
        scene = Scene(FIELDS).given(_somebody(), by=LI).at(days=1)
        scene.crm.scores.record(CARING, "C1", actor=MANAGER)
        score = scene.crm.scores.get("C1", "care")

        assert scene.crm.scores.evaluate(CARING, "C1") == score
        assert {"date", "field"} == {one.kind for given in score.inputs.values() for one in given.evidence}

    def test_a_number_of_a_contact_s(self):
        """An amount that is a contact's phone number goes with the contact; other amounts stay."""
        numbers = policy(banded("phone_again", (None, 0, "any")), banded("income", (None, 0, "any")), id="numbers")
        fields = {"phone_again": 13900001111, "income": "12345.67"}
        scene = Scene(FIELDS).given(register(fields=fields, contacts=(_ANNA,)), by=LI)
        scene.crm.scores.record(numbers, "C1", actor=MANAGER)
        scene.at(days=1).given(Erase(customer="C1", contact=1, reason="asked"), by=MANAGER)
        inputs = scene.crm.scores.get("C1", "numbers").inputs

        assert (MISSING, 12345.67) == (inputs["phone_again"].value, inputs["income"].value)
        assert [] == list(scene.crm.verify())

    @pytest.mark.parametrize("kind", ["field", "date"])
    def test_it_does_not_come_back(self, kind):
        """A score as of a moment before the erasure is refused if it rests on a field."""
        scene = Scene(FIELDS).given(_somebody(), by=LI)
        scene.at(days=2).given(Erase(customer="C1", reason="asked"), by=MANAGER)
        given = {
            "birthday": Feature(5, (Evidence(kind, "birthday", MONDAY),)),
            "income": Feature(7),
        }
        told, untold = (
            RecordScore("C1", evaluate(CARING, features, MONDAY + DAY), CARING)
            for features in (given, {"birthday": 5, "income": 7})
        )

        assert ["A-03 erased"] == scene.refused(told, by=MANAGER)
        assert [] == scene.refused(untold, by=MANAGER)

    def test_a_run_of_before_passes_over_who_was_erased(self):
        """The others are scored."""
        scene = Scene(FIELDS).given(_somebody(), by=LI).pool(id="C2").at(days=1)
        scene.crm.scores.record_all(CARING, actor=MANAGER)
        moment = scene.now + DAY
        scene.at(days=3).given(Erase(customer="C1", reason="asked"), by=MANAGER)

        assert (2, 1, 1) == _counts(scene.crm.scores.record_all(CARING, actor=MANAGER, at=moment))


def _counts(tally: Tally) -> tuple[int, int, int]:
    return tally.customers, tally.recorded, tally.already


_ANNA = ContactDetails("安娜", mobile="13900001111")


def _somebody() -> Register:
    """An individual with a birthday and an income."""
    return register(name="欧阳小满", kind="individual", fields={"birthday": "1987-06-05", "income": "12345.67"})


def _bytes(folder: Path) -> bytes:
    """Everything in the files of a database."""
    return b"".join(file.read_bytes() for file in folder.glob("crm.db*"))


def _word(scoring: str, reason: str) -> Any:
    return OverrideGrade("C1", scoring, "A", reason)


def _remove(crm: CRM, kind: str, id: str) -> None:
    """Delete a stored record."""
    with crm.store.begin() as uow:
        (found,) = uow.get(kind, [id])
        uow.write([Write(kind, id, found.version, None)])
