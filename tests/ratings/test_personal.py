"""Texts among the values of a score, and reasons, stand apart and can be erased."""

from typing import Any

import attrs
import pytest

from crmcore import CRM
from crmcore.customers import AddContact, ChangeProfile, ContactDetails, Erase
from crmcore.customers.erasing import STRUCK_OUT
from crmcore.errors import Invalid
from crmcore.kernel.times import to_micros
from crmcore.ratings import OverrideGrade
from crmcore.scoring import (
    MISSING,
    shipped,
)
from crmcore.storage.interface import Query, Write
from tests.customers.scene import MANAGER
from tests.scoring.made import policy

#: A policy with a text among its inputs.
REGIONAL = policy(
    attrs.evolve(shipped("lead-grade").factors[0], key="region", params={"name": "region"}), id="regional"
)


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
        with pytest.raises(Invalid):
            scene.crm.scores.explain("C1", "regional")

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


def _word(scoring: str, reason: str) -> Any:
    return OverrideGrade("C1", scoring, "A", reason)


def _remove(crm: CRM, kind: str, id: str) -> None:
    """Delete a stored record."""
    with crm.store.begin() as uow:
        (found,) = uow.get(kind, [id])
        uow.write([Write(kind, id, found.version, None)])
