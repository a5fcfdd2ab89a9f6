"""For what a person's data may be used, and how long (A-03)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.people import Consent, covered_until, is_covered

START = datetime(2026, 3, 2, 1, tzinfo=UTC)


def day(n: int) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=n)


def consent(given: int = 0, until: int | None = None, withdrawn: int | None = None, **more: Any) -> Consent:
    """A consent of contact 1 to service, told in days."""
    whole = Consent(1, "service", "consent", day(given), None if until is None else day(until))
    return attrs.evolve(whole, withdrawn_at=None if withdrawn is None else day(withdrawn), **more)


@pytest.mark.rule("A-03")
@pytest.mark.parametrize(
    ("until", "withdrawn", "ends"),
    [(None, None, None), (5, None, 5), (None, 3, 3), (5, 3, 3), (3, 5, 3)],
)
def test_it_ends_when_it_lapses_or_is_withdrawn(until, withdrawn, ends):
    """Whichever comes first."""
    assert (None if ends is None else day(ends)) == consent(0, until, withdrawn).ends_at


@pytest.mark.rule("A-03")
def test_it_holds_from_when_it_was_given_up_to_its_end():
    """At the very end it does not hold any more."""
    held = [consent(1, 3).holds_at(day(n)) for n in (0, 1, 2, 3)]

    assert [False, True, True, False] == held
    assert consent(1).holds_at(day(10_000))


@pytest.mark.rule("A-03")
def test_a_ground_is_one_persons_and_for_one_purpose():
    """What one has given says nothing of another, nor of another purpose."""
    consents = (consent(),)

    assert is_covered(consents, 1, day(1))
    assert is_covered(consents, 1, day(1), "service")
    assert not is_covered(consents, 1, day(1), "marketing")
    assert not is_covered(consents, 2, day(1))
    assert not is_covered(consents, None, day(1))


@pytest.mark.rule("A-03")
@pytest.mark.parametrize(
    ("consents", "until"),
    [
        ((), 0),
        ((consent(0, 5),), 5),
        ((consent(0, 5), consent(2, 9), consent(3, 7)), 9),
        ((consent(0, 5), consent(2)), None),
        ((consent(0, 9, withdrawn=4),), 4),
        ((consent(contact=2),), 0),
    ],
    ids=["none", "one", "the longest", "without end", "withdrawn", "somebody else's"],
)
def test_when_the_last_ground_is_gone(consents, until):
    """At once for who has given none, never where one has no end."""
    assert (None if until is None else day(until)) == covered_until(consents, 1, START)


days = st.integers(0, 20)
some = st.lists(st.builds(consent, st.just(0), st.none() | days, st.none() | days), max_size=4)


@pytest.mark.rule("A-03")
@given(some, days)
def test_a_person_is_covered_until_that_moment_and_not_after_it(consents, n):
    """The moment that is looked up by an index says the same as asking each ground."""
    until = covered_until(consents, 1, START)

    assert is_covered(consents, 1, day(n)) == (until is None or day(n) < until)
