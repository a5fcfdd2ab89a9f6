"""The library against a second program written from the text of the rules (``reference``)."""

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given

from crmcore import Policy
from crmcore.app.outcome import Request
from crmcore.app.policy import as_data
from crmcore.customers import FollowUp, Rebase, Stage
from crmcore.customers.commands import ReassignActions
from crmcore.testing.schedules import Step
from crmcore.testing.strategies import CUSTOMERS, policies, schedules
from tests.properties.driver import Played, memory, play
from tests.properties.reference import Reference

#: Who asks in vain at a stage where nobody may ask is told so by one program and not by the other.
ABOUT_THE_ACTOR = {"A-01"}


def asked(reference: Reference, request: Request) -> set[str]:
    """Put a request to the reference."""
    command, actor, at = request.command, request.actor, request.at
    assert at is not None
    fields: dict[str, Any] = attrs.asdict(command, recurse=False)  # type: ignore[arg-type]
    if isinstance(fields.get("follow_up"), FollowUp):
        fields["follow_up"] = attrs.asdict(fields["follow_up"], recurse=False)
    return reference.do(command.do, (actor.id, set(actor.roles), set(actor.teams)), at, fields)


def stage_of(stage: Stage) -> tuple[object, ...]:
    """What both programs know of a stage."""
    return stage.name, stage.owner, getattr(stage, "deadline", None), getattr(stage, "since", None)


def compare(reference: Reference, one: Played) -> None:
    """The same command passes or is refused by the same rules, and leads to the same stage."""
    expected = asked(reference, one.request)
    actual = {refusal.rule for refusal in one.refusals}
    told = (one.request, expected, actual)

    assert bool(expected) == bool(actual), told
    assert expected - ABOUT_THE_ACTOR == actual - ABOUT_THE_ACTOR, told
    assert expected <= actual, told


@pytest.mark.rule("P-01", "P-02", "P-03", "P-04", "P-05", "P-06", "P-07", "P-08", "P-09", "P-10", "P-11", "P-12")
@pytest.mark.rule("P-13", "P-14", "P-16", "P-17", "F-01", "F-04", "M-06")
@given(policies(), schedules(max_size=60))
def test_two_programs_written_from_the_same_page_agree(policy: Policy, steps: list[Step]) -> None:
    """Every command passes or is refused by the same rules in both, and stage, owner and deadline are the same."""
    crm, reference = memory(policy), Reference(as_data(policy))
    for one in play(crm, steps):
        if isinstance(one.request.command, Rebase):
            break  # the reference knows of no policy changes
        if isinstance(one.request.command, ReassignActions):
            continue  # nor of open actions, which change no stage
        compare(reference, one)
        at = one.request.at
        assert at is not None
        for customer in crm.customers.all(at=at, merged=True):
            theirs = reference.view(customer.id, at)

            assert theirs is not None
            assert (theirs["stage"], theirs["owner"], theirs["deadline"], theirs["since"]) == (
                customer.stage.name,
                customer.owner,
                customer.deadline,
                customer.stage.since,
            ), (customer.id, at)
            later = at + timedelta(days=7)
            theirs = reference.view(customer.id, later)

            assert theirs is not None
            assert (theirs["stage"], theirs["owner"]) == stage_of(crm.customer(customer.id, at=later).stage)[:2]
    assert set(reference.customers) <= set(CUSTOMERS)
