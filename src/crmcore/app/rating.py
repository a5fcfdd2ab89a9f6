"""One command about a rating within a unit of work: gather what it needs to know, decide, store."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import attrs

from crmcore.app.outcome import Denied, Outcome
from crmcore.app.session import Session
from crmcore.errors import Unreadable
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope
from crmcore.kernel.refusals import Refusals
from crmcore.ratings.base import OfRating
from crmcore.ratings.commands import OverrideGrade, RatingCommand, RecordScore
from crmcore.ratings.decisions import kept_override, kept_policy, kept_score
from crmcore.ratings.entities import Rating, override_id, policy_id, rating_id
from crmcore.ratings.events import evolved
from crmcore.ratings.facts import RatingFacts
from crmcore.ratings.lifecycle import RATINGS
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.reading import from_json
from crmcore.storage.repository import Loaded


def handle(session: Session, given: OfRating, actor: Actor, now: datetime) -> Outcome | Denied:
    """Decide a command and store what it brings about; a refused one stores nothing."""
    command = _told(given)
    loaded = _rating(session, command)
    facts = _facts(session, command, loaded, actor, now)
    decision: Any = RATINGS.decide(facts.stage, command, facts, session.rules, now)
    if isinstance(decision, Refusals) or facts.customer is None:
        return Denied(facts.customer, decision)
    (event,) = decision
    before = None if loaded is None else loaded.entity
    number = 1 if before is None else before.version + 1
    envelope = Envelope(rating_id(command.scoring, command.customer), number, actor.id, session.stamp, event)
    # The rating's version makes racing commands about it collide; its records follow.
    session.records.ratings.save(session.uow, loaded, evolved(before, envelope))
    _keep(session, command, facts, envelope)
    session.records.log.append(session.uow, (envelope,))
    session.changes.append(envelope)
    return Outcome(facts.customer, (envelope,))


def why_not(session: Session, given: OfRating, actor: Actor, now: datetime) -> Refusals:
    """Every reason against a command; nothing is stored."""
    command = _told(given)
    facts = _facts(session, command, _rating(session, command), actor, now)
    return RATINGS.why_not(facts.stage, command, facts, session.rules, now)


def _told(command: OfRating) -> RatingCommand:
    """The command, told to the type checker."""
    assert isinstance(command, RatingCommand), "these are all there are"  # noqa: S101
    return command


def _rating(session: Session, command: RatingCommand) -> Loaded[Rating] | None:
    return session.records.ratings.get(session.uow, rating_id(command.scoring, command.customer))


def _facts(
    session: Session, command: RatingCommand, loaded: Loaded[Rating] | None, actor: Actor, now: datetime
) -> RatingFacts:
    rating = None if loaded is None else loaded.entity
    policy, edition = None, None
    if isinstance(command, RecordScore):
        policy = policy_on_record(session, command.scoring, command.score.digest)
        if policy is None:
            edition = _edition(session, command.scoring, command.score.version)
    elif rating is not None:
        policy = policy_on_record(session, rating.scoring, rating.score.digest)
    return RatingFacts(actor, session.view(command.customer, now), rating, policy, edition)


def policy_on_record(session: Session, scoring: str, digest: str) -> ScoringPolicy | None:
    """The scoring policy that is on record in that state.

    :raises Unreadable: it is not what it was when it was put there.
    """
    loaded = session.records.scoring_policies.get(session.uow, policy_id(scoring, digest))
    if loaded is None:
        return None
    policy = read_policy(loaded.entity.text)
    if policy.digest != digest:
        raise Unreadable("scoring_policy", policy_id(scoring, digest), "its content is not what it was")
    return policy


#: A policy never changes under its text, and a run asks for the same one over and over.
read_policy: Callable[[str], ScoringPolicy] = lru_cache(64)(from_json)


def _edition(session: Session, scoring: str, version: str) -> str | None:
    """The digest of the policy on record under an id and a version."""
    found = session.records.scoring_policies.find(session.uow, "by_edition", scoring, version)
    return None if found is None else found.entity.digest


def _keep(session: Session, command: RatingCommand, facts: RatingFacts, envelope: Envelope) -> None:
    """Store the record that goes with the event."""
    uow, records = session.uow, session.records
    if isinstance(command, RecordScore):
        if command.policy is not None and facts.policy is None:
            records.scoring_policies.save(uow, None, kept_policy(command.policy))
        records.scores.save(uow, None, kept_score(command, envelope.number))
    elif isinstance(command, OverrideGrade):
        records.overrides.save(uow, None, kept_override(command, envelope.event))
    else:
        event = envelope.event
        loaded = records.overrides.get(uow, override_id(command.scoring, command.customer, event.number))
        if loaded is None:
            raise Unreadable("grade_override", override_id(command.scoring, command.customer, event.number), "gone")
        ended = attrs.evolve(loaded.entity, ended=event.at, ended_by=event.by, why_ended=command.reason)
        records.overrides.save(uow, loaded, ended)
