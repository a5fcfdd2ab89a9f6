"""What holds for every policy and every case."""

import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from crmcore import Invalid
from crmcore.scoring import (
    MISSING,
    NOT_APPLICABLE,
    Band,
    Evidence,
    Factor,
    Feature,
    FirstMatch,
    Grade,
    Matrix,
    Score,
    ScoringPolicy,
    Sum,
    evaluate,
    evaluator,
    explain,
    from_json,
    from_toml,
    json_of,
    lint,
    score_data,
    score_from,
    toml_of,
    why_changed,
)
from tests.scoring.strategies import bands, inputs_for, numbers, policies

NOW = datetime(2026, 7, 1, tzinfo=UTC)


@given(st.data())
@pytest.mark.rule("G-05")
def test_points_add_up_to_the_raw_score(data):
    """The contributions of an explanation add up to the raw score, caps included, whatever the policy."""
    policy = data.draw(policies())
    score = evaluate(policy, data.draw(inputs_for(policy)), NOW)

    explanation = explain(policy, score)

    assert score.raw == explanation.total
    assert score.raw == sum(row.contribution for row in explanation.rows)
    assert all(row.contribution == row.points * row.weight for row in explanation.rows if not row.is_cap)


#: Whatever JSON can say.
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def _places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in plain data: the whole, then what is in it."""
    yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from _places(value, (*path, key))


def _with(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Plain data with something else at one place."""
    if not path:
        return value
    key, *rest = path
    changed = data.copy()
    changed[key] = _with(data[key], tuple(rest), value)
    return changed


@given(st.data(), ANYTHING)
def test_a_stored_score_is_read_or_refused(data, anything):
    """Whatever stands in the place of whatever part of it, the answer is a score or ``Invalid``."""
    policy = data.draw(policies())
    evidence = (Evidence("order", "O1", NOW),)
    inputs = {key: Feature(value, evidence) for key, value in data.draw(inputs_for(policy)).items()}
    stored = score_data(evaluate(policy, inputs, NOW))
    place = data.draw(st.sampled_from(list(_places(stored))))

    assert isinstance(_read_or_refused(_with(stored, place, anything)), Score | Invalid)


def _read_or_refused(data: Any) -> Score | Invalid:
    try:
        return score_from(data)
    except Invalid as invalid:
        return invalid


#: What ``lint`` says of a policy that does not grade every case exactly once.
NOT_TOTAL = {"ungraded-cells", "ungraded-cell", "overlap"}
NOT_REACHED = {"unreachable-grade", "grade-out-of-reach"}


@given(policies())
@pytest.mark.rule("G-05", "G-06")
def test_lint_finds_what_trying_everything_finds(policy):
    """A policy lints without a totality error just if every combination gets a grade; so for each grade."""
    findings = {(finding.code, finding.path) for finding in lint(policy)}

    given_grades = {one.grade for one in evaluator(policy).cells(product(*map(samples, policy.factors)))}

    # A matrix is to be filled, so an empty cell is an error even where no sums lead to it.
    codes = {code for code, _ in findings} - ({"ungraded-cell"} if None not in given_grades else set())
    assert (None in given_grades) == bool(NOT_TOTAL & codes)
    assert {f"grades.{grade.code}" for grade in policy.grades if grade.code not in given_grades} == {
        path for code, path in findings if code in NOT_REACHED
    }


def samples(factor: Factor) -> list[Any]:
    """A value for each outcome of a factor."""
    if factor.categories is None:
        return [-1e9, *(float(band.at) for band in factor.bands if band.at is not None), MISSING, NOT_APPLICABLE]
    return [*(category.values[0] for category in factor.categories.of), "elsewhere", MISSING, NOT_APPLICABLE]


@given(st.data())
@pytest.mark.rule("G-05", "G-06")
def test_a_policy_that_is_total_grades_every_case_once(data):
    """What lints without a totality error gives every input just the grade that the policy's text gives it."""
    policy = data.draw(policies())
    total = not NOT_TOTAL & {finding.code for finding in lint(policy)}
    score = evaluate(policy, data.draw(inputs_for(policy)), NOW)
    event(f"total: {total}")

    assert not total or {score.grade} == grade_by_hand(policy, score.codes)
    assert not total or score.grade in {grade.code for grade in policy.grades}


def grade_by_hand(policy: ScoringPolicy, codes: Any) -> set[str | None]:
    """The grades that the text of the policy gives to these bands: an oracle that uses nothing of the evaluator."""
    sums = {group: Fraction(0) for group in {factor.group for factor in policy.factors}}
    for factor in policy.factors:
        (points,) = (one.points for one in factor.outcomes if one.code == codes[factor.key])
        sums[factor.group] += Fraction(factor.weight) * points
    for group, cap in policy.group_caps.items():
        sums[group] = min(sums[group], Fraction(cap))
    combine = policy.combine
    if isinstance(combine, Sum):
        raw: Fraction = sum(sums.values(), start=Fraction(0))
        raw = raw if combine.floor is None else max(raw, Fraction(combine.floor))
        raw = raw if combine.ceiling is None else min(raw, Fraction(combine.ceiling))
        ends = [*(grade.at for grade in policy.grades[1:]), None]
        return {
            grade.code
            for grade, end in zip(policy.grades, ends, strict=True)
            if (grade.at is None or grade.at <= raw) and (end is None or raw < end)
        }
    if isinstance(combine, Matrix):
        row, column = (
            [level.code for level in side.levels if level.at is None or level.at <= sums[side.group]][-1]
            for side in (combine.rows, combine.columns)
        )
        return {combine.cells[row][column]}
    return {ruled_by_hand(combine, [grade.code for grade in policy.grades], codes)}


def ruled_by_hand(combine: FirstMatch, order: list[str], codes: Any) -> str:
    """The grade that rules and gap rule give."""
    fitting = [rule.grade for rule in combine.rules if all(codes[key] in wanted for key, wanted in rule.when.items())]
    if fitting:
        assert combine.overlaps == "first-wins" or len(set(fitting)) == 1
        return fitting[0]
    gap = combine.gap
    own = {key: order.index(grades[codes[key]]) for key, grades in gap.dimensions.items() if codes[key] in grades}
    if gap.rule == "weakest":
        return order[min(own.values())]
    lead = min(own[key] for key in gap.lead)
    others = [own[key] for key in gap.lowered_by if key in own]
    return order[max(min([lead, *others]), lead - gap.at_most)]


@given(bands(), numbers)
def test_a_number_is_in_exactly_one_band(drawn, number):
    """Bands are half-open: each number is in one of them, and an edge belongs to the band that begins there."""
    policy = alone(drawn)
    code = evaluate(policy, {"f": number}, NOW).codes["f"]
    ends = [*(band.at for band in drawn[1:]), None]

    inside = [
        band.code
        for band, end in zip(drawn, ends, strict=True)
        if (band.at is None or Fraction(band.at) <= Fraction(number)) and (end is None or Fraction(number) < end)
    ]

    assert [code] == inside


@given(bands(), st.sampled_from([float, int, Decimal, Fraction, lambda at: -0.0 if at == 0 else float(at)]))
def test_an_edge_belongs_to_the_band_it_begins(drawn, kind):
    """At its very edge a band has begun, whatever class the number is of."""
    policy = alone(drawn)
    whole = [band for band in drawn[1:] if kind is not int or band.at == int(band.at)]

    assert [band.code for band in whole] == [evaluate(policy, {"f": kind(band.at)}, NOW).codes["f"] for band in whole]


def alone(drawn: tuple[Band, ...]) -> ScoringPolicy:
    """A policy with one factor of these bands."""
    factor = Factor(
        key="f",
        source="field",
        params={"name": "f"},
        missing=Band(None, 0, "missing"),
        not_applicable=Band(None, 0, "not-applicable"),
        bands=drawn,
    )
    return ScoringPolicy("alone", "1", "customer", (factor,), (Grade("A"),))


@given(st.data())
@pytest.mark.rule("G-05")
def test_the_same_input_gives_the_same_score(data):
    """A score depends on policy, inputs and moment alone: not on what was scored before, nor on decimal settings."""
    policy = data.draw(policies())
    inputs = data.draw(inputs_for(policy))
    first = evaluate(policy, inputs, NOW)
    evaluate(policy, data.draw(inputs_for(policy)), NOW)
    fresh = from_json(json_of(policy))

    with localcontext() as context:
        context.prec = 2
        again = evaluate(fresh, dict(reversed(inputs.items())), NOW)

    assert first == again
    assert first == evaluate(pickle.loads(pickle.dumps(policy)), inputs, NOW)  # noqa: S301 — made here


@given(st.data())
def test_many_are_scored_like_one(data):
    """The compiled evaluator gives for rows of bare values what an evaluation gives."""
    policy = data.draw(policies())
    rows = data.draw(st.lists(inputs_for(policy), max_size=5))
    compiled = pickle.loads(pickle.dumps(evaluator(policy)))  # noqa: S301 — made here

    cells = list(compiled.cells([[row[key] for key in compiled.keys] for row in rows]))

    scores = [evaluate(policy, row, NOW) for row in rows]
    assert [(score.grade, tuple(score.codes.values())) for score in scores] == [(one.grade, one.codes) for one in cells]
    assert [(score.raw, score.clamped) for score in scores] == [
        (compiled.number(one.units), compiled.number(one.clamped)) for one in cells
    ]


@given(policies())
@pytest.mark.rule("G-06")
def test_policies_survive_their_files(policy):
    """TOML, JSON and pickle give the same policy back, digest and all."""
    through = [from_toml(toml_of(policy)), from_json(json_of(policy)), pickle.loads(pickle.dumps(policy))]  # noqa: S301

    assert [policy] * 3 == through
    assert {policy.digest} == {one.digest for one in through}


@given(st.data())
def test_scores_survive_storage(data):
    """A stored score comes back equal, and is explained alike."""
    policy = data.draw(policies())
    score = evaluate(policy, data.draw(inputs_for(policy)), NOW)

    back = score_from(score_data(score))

    assert score == back
    assert explain(policy, score) == explain(policy, back)


@given(st.data())
@pytest.mark.rule("G-05")
def test_differences_of_scores_add_up(data):
    """The differences between two scores add up to what the raw score changed by, across policies too."""
    before, after = data.draw(policies(alike=True)), data.draw(policies(alike=True))
    old = evaluate(before, data.draw(inputs_for(before)), NOW)
    new = evaluate(after, data.draw(inputs_for(after)), NOW + timedelta(days=1))

    found = why_changed(before, old, after, new)

    assert new.raw - old.raw == found.delta == sum(one.delta for one in found.differences)
