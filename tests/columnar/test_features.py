"""Features of a table of events are those of each subject's facts, to the last digit."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.columnar import features_frame, score_frame
from crmcore.errors import Invalid
from crmcore.scoring import NOT_APPLICABLE, Fact, Facts, bind, evaluate, shipped
from tests.scoring.made import DAY, NOW, banded, policy

SUBJECTS = ("C1", "C2", "C3")
EVENTS: Mapping[str, Any] = {
    "subject": pl.String,
    "kind": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "amount": pl.Decimal(38, 6),
    "known": pl.Datetime("us", "UTC"),
}


def asking(key: str, source: str, **params: Any) -> Any:
    """A factor that asks a source."""
    return banded(key, (None, 0, "low"), (3, 5, "high"), source=source, params=params)


ASKING = policy(
    asking("last-order", "days-since", of="order"),
    asking("last-visit", "days-since", of="visit"),
    asking("orders", "count", of="order"),
    asking("visits", "count", of="visit", days=30),
    asking("spend", "sum", of="order", months=1),
    asking("worth", "sum", of="order"),
)

#: Around midnights, the ends of windows and a change of the clock, where counting goes wrong.
moments = st.one_of(
    st.integers(-(10**12), 10**7).map(lambda milliseconds: NOW + timedelta(milliseconds=milliseconds / 100)),
    st.sampled_from([NOW, NOW - 30 * DAY, datetime(2026, 6, 1, 4, tzinfo=UTC), datetime(2026, 3, 8, 5, tzinfo=UTC)]),
    st.builds(
        lambda days, minutes: NOW - days * DAY + timedelta(minutes=minutes),
        st.integers(0, 40),
        st.sampled_from([-1, 0, 1, 720, 721, 1199, 1200, 1201]),
    ),
)
events = st.fixed_dictionaries(
    {
        "subject": st.sampled_from(SUBJECTS),
        "kind": st.sampled_from(["order", "visit", "call"]),
        "at": moments,
        "amount": st.one_of(st.none(), st.decimals(-(10**9), 10**24, places=6)),
        "known": st.one_of(st.none(), moments),
    }
)


def facts_of(subject: str, rows: list[dict[str, Any]]) -> Facts:
    """What is on record of one subject."""
    own = [row for row in rows if row["subject"] == subject]
    return Facts(
        subject,
        events=[Fact(row["kind"], str(place), row["at"], row["amount"], row["known"]) for place, row in enumerate(own)],
    )


@given(st.lists(events, max_size=20), moments, st.sampled_from(["Asia/Shanghai", "America/New_York", "UTC"]))
@pytest.mark.rule("G-04")
def test_features_of_a_table(rows, as_of, zone):
    """Days, counts and sums of every window are those that each subject's own facts give."""
    asked = attrs.evolve(ASKING, zone=zone)
    subjects = pl.DataFrame({"subject": SUBJECTS})

    found = features_frame(asked, pl.DataFrame(rows, EVENTS), as_of, subjects)

    for row in found.to_dicts():
        expected = bind(asked).features(facts_of(row["subject"], rows), as_of)
        assert {key: feature.value for key, feature in expected.items()} == {
            key: NOT_APPLICABLE if row.get(f"{key}.not_applicable") else row[key] for key in expected
        }


@given(st.lists(events, min_size=1, max_size=20))
@pytest.mark.rule("G-04")
def test_loyalty_from_events_to_grades(rows):
    """The shipped policy over a lazy table gives every subject with an event the score it has by itself."""
    loyalty = shipped("loyalty")

    scored = score_frame(loyalty, features_frame(loyalty, pl.LazyFrame(rows, EVENTS), NOW)).collect()

    assert sorted({row["subject"] for row in rows}) == scored["subject"].to_list()
    for row in scored.to_dicts():
        score = evaluate(loyalty, bind(loyalty).features(facts_of(row["subject"], rows), NOW), NOW)
        assert (score.raw, score.grade) == (row["raw"], row["grade"])


def test_columns_of_subjects_are_kept():
    """What a policy asks besides events comes with the subjects, in whose order the rows are."""
    asked = policy(asking("orders", "count", of="order"), banded("size", (None, 0, "small"), (5, 1, "large")))
    happened = pl.DataFrame([{"subject": "b", "kind": "order", "at": NOW}])

    found = features_frame(asked, happened, NOW, pl.DataFrame({"subject": ["c", "b", "a"], "size": [1, 9, None]}))

    assert [("c", 1, 0.0), ("b", 9, 1.0), ("a", None, 0.0)] == found.rows()


def test_whole_amounts_cannot_run_over():
    """Amounts in cents add up beyond 64 bits."""
    asked = policy(asking("spend", "sum", of="order"))
    rows = [{"subject": "a", "kind": "order", "at": NOW, "amount": 2**62}] * 3

    assert [float(3 * 2**62)] == features_frame(asked, pl.DataFrame(rows), NOW)["spend"].to_list()


@pytest.mark.parametrize(
    ("columns", "path", "code"),
    [
        ({"amount": [1.5]}, "amount", "wrong-type"),
        ({"amount": ["1"]}, "amount", "wrong-type"),
        ({"at": [NOW.replace(tzinfo=None)]}, "at", "naive-time"),
        ({"at": ["2026-01-01"]}, "at", "wrong-type"),
        ({"known": [NOW.replace(tzinfo=None)]}, "known", "naive-time"),
        ({"kind": [1]}, "kind", "wrong-type"),
    ],
)
def test_columns_of_the_wrong_kind(columns, path, code):
    """Floats do not add up exactly, and times need a zone; each column at fault is named."""
    right = {"subject": ["C1"], "kind": ["order"], "at": [NOW], "amount": [Decimal(1)]}

    with pytest.raises(Invalid) as caught:
        features_frame(ASKING, pl.DataFrame({**right, **columns}), NOW)

    assert [(path, code)] == [(fault.path, fault.code) for fault in caught.value.faults]


def test_columns_that_are_absent():
    """What is absent is named, of events as of subjects; so is a factor that nothing computes."""
    asked = policy(asking("spend", "sum", of="order"), asking("change", "trend", of="order"))

    with pytest.raises(Invalid) as caught:
        features_frame(asked, pl.DataFrame({"at": [NOW.astimezone(ZoneInfo("Asia/Shanghai"))]}), NOW, pl.DataFrame())

    assert {"subject", "kind", "amount", "factors[1].source"} == {fault.path for fault in caught.value.faults}
