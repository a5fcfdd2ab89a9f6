"""Finding what has been changed behind the library's back: ratings, scores, overrides, policies."""

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from crmcore.app.verify import Problem
from crmcore.errors import Unreadable
from crmcore.kernel.events import Envelope, UnknownEvent
from crmcore.kernel.times import to_micros
from crmcore.ratings import OverrideGrade, RecordScore, WithdrawOverride
from crmcore.ratings.events import evolved
from crmcore.storage.interface import NewEvent, Write
from tests.customers.scene import MANAGER
from tests.ratings.rated import ACTIVE, Rated

RATING = "score activity C1"


@pytest.fixture
def scene() -> Rated:
    """A customer with a score, an override taken back, and another one."""
    scene = Rated().contacts()
    scene.scored()
    return scene.overridden("A").withdrawn().overridden("C")


def problems(scene: Rated) -> list[tuple[str, str]]:
    """Id and code of each problem."""
    return [(problem.customer, problem.code) for problem in scene.crm.verify()]


def tamper(scene: Rated, kind: str, id: str, change: Callable[[Any], None], **columns: Any) -> None:
    """Change a stored record as somebody with access to the storage could."""
    with scene.crm.store.begin() as uow:
        (found,) = uow.get(kind, [id])
        body = json.loads(found.body)
        change(body)
        uow.write([Write(kind, id, found.version, json.dumps(body).encode(), {**found.columns, **columns})])


def unchanged(_body: Any) -> None:
    """Leave the body of a record as it is."""


def remove(scene: Rated, kind: str, id: str) -> None:
    """Delete a stored record."""
    with scene.crm.store.begin() as uow:
        (found,) = uow.get(kind, [id])
        uow.write([Write(kind, id, found.version, None)])


def score_of(scene: Rated) -> str:
    """The id of the score's record."""
    return f"{RATING} {to_micros(scene.now)}"


def policy_of() -> str:
    """The id of the policy's record."""
    return f"activity {ACTIVE.digest}"


def test_all_is_well(scene):
    """Nothing is found where nothing was changed."""
    assert [] == problems(scene)


@pytest.mark.rule("G-05")
@pytest.mark.parametrize(
    "change, code",
    [
        (lambda scene: tamper(scene, "rating", RATING, lambda body: body.update(version=9)), "state"),
        (lambda scene: tamper(scene, "rating", RATING, unchanged, grade="A"), "columns"),
        (lambda scene: tamper(scene, "rating", RATING, lambda body: body.pop("customer")), "unreadable"),
        (lambda scene: tamper(scene, "score", score_of(scene), lambda body: body["data"].update(raw=20)), "scores"),
        (lambda scene: remove(scene, "score", score_of(scene)), "scores"),
        (lambda scene: tamper(scene, "grade_override", f"{RATING} 1", lambda body: body.update(by="x")), "overrides"),
        (lambda scene: remove(scene, "grade_override", f"{RATING} 2"), "overrides"),
        (lambda scene: remove(scene, "scoring_policy", policy_of()), "scoring-policy"),
        (
            lambda scene: tamper(
                scene, "scoring_policy", policy_of(), lambda body: body.update(text=body["text"].replace("20", "21"))
            ),
            "unreadable",
        ),
    ],
    ids=["version", "column", "body", "score", "no-score", "override", "no-override", "no-policy", "policy"],
)
def test_each_change_is_found(scene, change, code):
    """Whatever is altered is named by the rating and a code that has words in both languages."""
    change(scene)

    assert [(RATING, code)] == problems(scene)
    assert Problem("C1", code).message("en") != Problem("C1", code).message("zh")


def test_what_the_policy_never_gave(monkeypatch):
    """Had a score got past the guards, record and event in accord, its policy would still tell."""
    scene = Rated()
    monkeypatch.setattr("crmcore.ratings.guards.explain", lambda _policy, _score: None)
    forged = attrs.evolve(scene.score(1), grade="A")
    scene.given(RecordScore("C1", forged, ACTIVE), by=MANAGER)

    assert [(RATING, "scores")] == problems(scene)


def test_words_that_lead_to_another_grade(scene, monkeypatch):
    """Were records and rating to tell different grades, though each is what its events say, it would be found."""
    monkeypatch.setattr("crmcore.app.verify_ratings.overrides_of", lambda _kept: ())

    assert [(RATING, "overrides")] == problems(scene)


def test_a_rating_that_is_gone_leaves_its_events(scene):
    """They are found as a stream that belongs to nothing."""
    remove(scene, "rating", RATING)

    assert [(RATING, "events")] == problems(scene)


def test_events_of_a_newer_version_are_not_judged(scene):
    """They pass through unharmed; the rating goes on from them."""
    body = {"n": 5, "v": 1, "by": "x", "policy": "x", "data": {"at": scene.now.isoformat()}}
    with scene.crm.store.begin() as uow:
        uow.append([NewEvent(RATING, "rating-frozen", json.dumps(body).encode())])

    assert [(RATING, "newer")] == problems(scene)
    rating = scene.crm.scores.rating("C1", "activity")
    after = evolved(rating, Envelope(RATING, 5, "x", "x", UnknownEvent(scene.now, "rating-frozen", 1, {})))
    assert rating is not None
    assert rating.version + 1 == after.version


def test_a_history_begins_with_a_score(scene):
    """Anything else is told as unreadable."""
    event = next(one.envelope for one in scene.crm.events() if one.envelope.type == "override-withdrawn")

    with pytest.raises(Unreadable):
        evolved(None, event)


def test_nothing_is_overruled_without_the_policy(scene):
    """Which grades there are, only the policy could tell."""
    remove(scene, "scoring_policy", policy_of())

    assert ["G-06 unknown-policy"] == scene.refused(OverrideGrade("C1", "activity", "A", "why"), by=MANAGER)


def test_page_by_page(monkeypatch):
    """Many ratings are looked at a page at a time."""
    monkeypatch.setattr("crmcore.app.verify.PAGE", 2)
    scene = Rated()
    scene.crm.scores.record_all(ACTIVE, actor=MANAGER)
    remove(scene, "scoring_policy", policy_of())

    assert [(f"score activity C{n}", "scoring-policy") for n in (1, 2, 3)] == problems(scene)


def test_an_override_whose_record_is_gone_cannot_be_withdrawn(scene):
    """It is told as unreadable, and nothing is stored."""
    remove(scene, "grade_override", f"{RATING} 2")

    with pytest.raises(Unreadable):
        scene.crm.handle(WithdrawOverride("C1", "activity", "why"), actor=MANAGER)
    assert "C" == scene.crm.scores.rating("C1", "activity").grade(scene.now)
