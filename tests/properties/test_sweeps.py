"""Sweep-invariance (P-19): who notices a fall, and when, changes nothing that anybody can see."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import CRM, Policy
from crmcore.app.outcome import Request
from crmcore.testing.schedules import STAFF, START, Step, ask
from crmcore.testing.strategies import CUSTOMERS, policies, schedules
from tests.properties.driver import Looked, Played, answered, contents, histories, last_instant, memory, timeline


def quiet_and_busy(
    quiet: CRM, busy: CRM, steps: list[Step], start: datetime = START
) -> tuple[list[Played], list[Played], list[Looked]]:
    """Play a schedule without its looks on one CRM, and the very same requests with them on another."""
    alone: list[Played] = []
    watched: list[Played] = []
    looks: list[Looked] = []
    for moment in timeline(quiet, steps, start):
        if isinstance(moment, Request):
            alone.append(answered(quiet, moment))
            watched.append(answered(busy, moment))
        else:
            looks.append(moment)
            ask(busy, moment.look, moment.at)
    return alone, watched, looks


@pytest.mark.rule("P-19", "P-03", "P-04", "P-07", "P-10")
@given(policies(), schedules(looks_too=True))
def test_sweeps_and_questions_are_unobservable(policy: Policy, steps: list[Step]) -> None:
    """Sweeps and questions in between change no outcome, no refusal, no history, no state, and no derived record."""
    quiet, busy = memory(policy), memory(policy)
    alone, watched, looks = quiet_and_busy(quiet, busy, steps)
    end = max([last_instant(alone), *(looked.at for looked in looks)])

    assert [one.answer for one in alone] == [one.answer for one in watched]
    for at in (end, end + timedelta(days=400)):
        assert histories(quiet, CUSTOMERS, at) == histories(busy, CUSTOMERS, at)
        assert quiet.customers.all(at=at, merged=True) == busy.customers.all(at=at, merged=True)
        assert quiet.customers.in_pool(at=at) == busy.customers.in_pool(at=at)
        for actor in STAFF:
            assert quiet.agenda(actor, at=at) == busy.agenda(actor, at=at)
            assert quiet.customers.held_by(actor.id, at=at) == busy.customers.held_by(actor.id, at=at)
    quiet.sweep(at=end)
    busy.sweep(at=end)
    kinds = ("customer", "holder", "action", "counter")

    assert contents(quiet, *kinds) == contents(busy, *kinds)
    assert [] == [*quiet.verify(), *busy.verify()]


@pytest.mark.rule("P-19")
@given(policies(), schedules(looks_too=True))
def test_every_answer_is_the_same_whether_swept_or_not(policy: Policy, steps: list[Step]) -> None:
    """What a question says does not depend on whether anybody has swept before it."""
    quiet, swept = memory(policy), memory(policy)
    for moment in timeline(quiet, steps):
        if isinstance(moment, Request):
            assert moment.at is not None
            swept.sweep(at=moment.at)
            answered(quiet, moment)
            answered(swept, moment)
        elif moment.look.kind != "sweep":
            swept.sweep(at=moment.at)

            assert ask(quiet, moment.look, moment.at) == ask(swept, moment.look, moment.at)


@pytest.mark.rule("P-19")
@given(policies(), schedules(), st.sampled_from([1, 3, 500]))
def test_sweeping_twice_changes_nothing(policy: Policy, steps: list[Step], size: int) -> None:
    """A second sweep at the same instant finds nothing, and the pool is what was in it before the first."""
    crm = memory(policy)
    played = [answered(crm, moment) for moment in timeline(crm, steps) if isinstance(moment, Request)]
    later = last_instant(played) + timedelta(days=5)
    before = crm.customers.in_pool(at=later)
    fell = crm.sweep(at=later, size=size)

    assert 0 == crm.sweep(at=later, size=size)
    assert before == crm.customers.in_pool(at=later)
    assert fell <= len(before)


@pytest.mark.rule("P-19", "P-22")
@given(policies(), policies(), schedules(looks_too=True), schedules(looks_too=True))
def test_a_change_of_policy_does_not_make_sweeps_observable(
    before: Policy, after: Policy, steps: list[Step], more: list[Step]
) -> None:
    """A fall has the same date and the same policy stamp whether it is noticed before or after the policy changes."""
    quiet, busy = memory(before), memory(before)
    alone, _, looks = quiet_and_busy(quiet, busy, steps)
    changed_at = max([last_instant(alone), *(looked.at for looked in looks)])
    quiet, busy = CRM(quiet.store, after), CRM(busy.store, after)
    alone, watched, _ = quiet_and_busy(quiet, busy, more, changed_at)

    assert [one.answer for one in alone] == [one.answer for one in watched]
    end = max(last_instant(alone), changed_at) + timedelta(days=400)

    assert histories(quiet, CUSTOMERS, end) == histories(busy, CUSTOMERS, end)
