"""Values, features and the numbers of policies."""

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from crmcore import Invalid
from crmcore.scoring import Facts, Field, bind, evaluate, explain, why_changed
from crmcore.scoring.decimals import exact, number, plain_number
from crmcore.scoring.values import (
    MISSING,
    NOT_APPLICABLE,
    Evidence,
    Feature,
    Lack,
    feature,
    from_plain,
    plain,
)
from tests.scoring.made import DAY, NOW, low_high, policy


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (3, 3.0),
        (0.2, 0.2),
        (Decimal("0.2"), 0.2),
        (Fraction(1, 5), 0.2),
        ("east", "east"),
        (True, True),
        (MISSING, MISSING),
        (NOT_APPLICABLE, NOT_APPLICABLE),
    ],
)
def test_a_feature_holds_a_float_a_text_yes_or_no_or_why_there_is_none(given, expected):
    """Every exact number becomes the float nearest to it; the rest stays what it is."""
    value = Feature(given).value

    assert expected == value
    assert type(expected) is type(value)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (float("nan"), "out-of-range"),
        (float("inf"), "out-of-range"),
        (Decimal("NaN"), "out-of-range"),
        (Decimal("sNaN"), "out-of-range"),
        (Decimal("Infinity"), "out-of-range"),
        (10**400, "out-of-range"),
        (None, "wrong-type"),
        (1j, "wrong-type"),
        ([1], "wrong-type"),
    ],
)
def test_what_is_no_value_is_refused(given, code):
    """NaN, infinities and other objects are no values."""
    with pytest.raises(Invalid) as caught:
        Feature(given)

    assert [("value", code)] == [(fault.path, fault.code) for fault in caught.value.faults]


def test_lacks_stay_themselves():
    """The two lacks survive pickling as the very same objects."""
    assert [*Lack] == pickle.loads(pickle.dumps([MISSING, NOT_APPLICABLE]))  # noqa: S301 — made here


@pytest.mark.parametrize("value", [1.5, "east", False, MISSING, NOT_APPLICABLE])
def test_plain_values_come_back(value):
    """A value goes into JSON and comes back equal."""
    assert value == from_plain(plain(value))


@pytest.mark.parametrize("data", [{"lack": "nobody"}, {}, None, [1]])
def test_other_plain_data_is_no_value(data):
    """What ``plain`` never makes is refused with its path."""
    with pytest.raises(Invalid) as caught:
        from_plain(data, "inputs.amount")

    assert ["inputs.amount"] == [fault.path for fault in caught.value.faults]


def test_a_bare_value_becomes_a_feature():
    """A feature stays itself; a bare value is one without evidence."""
    whole = Feature(1, (Evidence("order", "O1"),))

    assert whole is feature(whole)
    assert Feature(1.0) == feature(1)


@pytest.mark.rule("A-05")
def test_what_may_say_something_of_a_person_stays_out_of_repr():
    """Texts, and whatever rests on a field: an income, whether somebody is married, days since a birthday."""
    seen = (Evidence("field", "income"),)
    born = (Evidence("order", "O1"), Evidence("date", "birthday", datetime(1990, 5, 1, tzinfo=UTC)))
    personal = [Feature("Li Wei"), Feature(98765, seen), Feature(True, seen), Feature(13210, born)]
    fields = [Field("income", 98765), Field("name", "Li Wei"), Field("born", date(1990, 5, 1)), Field("married", True)]
    shown = repr([*personal, *fields])

    assert 8 == shown.count("'…'")
    assert "Li Wei" not in shown
    assert all(value not in shown for value in ("98765", "13210", "1990", "True"))


@pytest.mark.rule("A-05")
def test_values_of_other_facts_show():
    """Counts and amounts of what happened help to find a slip, and so does how a value is lacking."""
    made = Feature(3.5, (Evidence("order", "O1"),))

    assert f"Feature(value=3.5, evidence={made.evidence!r})" == repr(made)
    assert "Feature(value=<Lack.MISSING: 'missing'>, evidence=())" == repr(Feature(MISSING))


@pytest.mark.rule("A-05")
def test_scores_and_what_explains_them_show_no_personal_value():
    """A score holds its inputs, an explanation and a comparison repeat them."""
    made = policy(low_high("budget"), low_high("due", source="days-until", params={"name": "due"}))
    rows: list[Any] = []
    for budget, days in ((98765, 4321), (5, 8)):
        facts = Facts("C1", {"budget": budget, "due": (NOW + days * DAY).date()})
        score = evaluate(made, bind(made).features(facts, NOW), NOW)
        rows += [facts, score, explain(made, score)]
    compared = why_changed(made, rows[1], made, rows[4])

    assert 2 == len(compared.differences)
    assert all(value not in repr([*rows, compared]) for value in ("98765", "4321"))


class TestNumbers:
    """Decimals that survive binary floats."""

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (0.1, "0.1"),
            (Decimal("0.40"), "0.4"),
            (5e5, "500000"),
            (Decimal("5E+5"), "500000"),
            (-0.0, "0"),
            (123456789012345, "123456789012345"),
            (1e-9, "1E-9"),
        ],
    )
    def test_a_number_is_the_decimal_it_is_written_as(self, given, expected):
        """Floats stand for the decimal a person wrote; trailing zeros say nothing."""
        found = number(given)

        assert Decimal(expected) == found
        assert expected == str(found)
        assert found == number(plain_number(found))

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ("1", "wrong-type"),
            (True, "wrong-type"),
            (None, "wrong-type"),
            (Decimal("NaN"), "out-of-range"),
            (Decimal("sNaN"), "out-of-range"),
            (float("inf"), "out-of-range"),
            (10**15, "out-of-range"),
            (Decimal("0.1234567891234567"), "out-of-range"),
            (1e-10, "out-of-range"),
            (10**300, "out-of-range"),
        ],
    )
    def test_other_numbers_are_refused(self, given, code):
        """More digits than a float keeps, NaN, and what is no number at all."""
        with pytest.raises(Invalid) as caught:
            number(given, "at")

        assert [("at", code)] == [(fault.path, fault.code) for fault in caught.value.faults]

    def test_floats_in_plain_data_become_decimals(self):
        """Wherever a float stands in data, the decimal it was written as takes its place."""
        data: Any = {"a": [0.1, {"b": (0.2, "x")}], "c": 1}

        assert {"a": [Decimal("0.1"), {"b": [Decimal("0.2"), "x"]}], "c": 1} == exact(data)
