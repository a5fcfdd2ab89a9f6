"""Scoring a table is scoring its rows, to the last digit."""

from decimal import Decimal
from typing import Any

import attrs
import polars as pl
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from crmcore.columnar import score_frame
from crmcore.errors import Invalid
from crmcore.scoring import MISSING, NOT_APPLICABLE, Band, Categories, Category, ScoringPolicy, Sum, evaluate
from tests.scoring.made import NOW, low_high, policy
from tests.scoring.strategies import inputs_for, policies


def table(policy: ScoringPolicy, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The inputs as a table: what is missing is null, and a column beside says what is not applicable."""
    columns: dict[str, Any] = {}
    for factor in policy.factors:
        values = [row[factor.key] for row in rows]
        columns[f"{factor.key}.not_applicable"] = pl.Series(
            [value is NOT_APPLICABLE for value in values], dtype=pl.Boolean
        )
        columns[factor.key] = column([None if value in {MISSING, NOT_APPLICABLE} else value for value in values])
    return pl.DataFrame(columns)


def column(values: list[Any]) -> pl.Series:
    """Values of one factor: numbers as floats, texts and yes and no as texts unless all are yes and no."""
    known = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in known):
        return pl.Series(values, dtype=pl.Boolean if known else pl.Null)
    if any(isinstance(value, str) for value in known):
        return pl.Series(
            [str(value).lower() if isinstance(value, bool) else value for value in values], dtype=pl.String
        )
    return pl.Series([None if value is None else float(value) for value in values], dtype=pl.Float64)


def by_row(policy: ScoringPolicy, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What scoring case by case gives, as rows of a table."""
    scores = [evaluate(policy, row, NOW) for row in rows]
    return [
        {
            "raw": score.raw,
            "clamped": score.clamped,
            "grade": score.grade,
            **{f"{key}.code": code for key, code in score.codes.items()},
        }
        for score in scores
    ]


@given(st.data())
@pytest.mark.rule("G-05")
def test_a_table_is_scored_as_its_rows_are(data):
    """For every policy and every table: the same points to the last digit, the same grade, the same codes."""
    policy = data.draw(policies())
    rows = data.draw(st.lists(inputs_for(policy), max_size=12))
    event(policy.combine.method)
    frame = table(policy, rows)

    scored = score_frame(policy, frame)

    assert by_row(policy, rows) == scored.drop(frame.columns).to_dicts()
    assert frame.equals(scored.select(frame.columns))
    assert scored.equals(score_frame(policy, frame.lazy()).collect())


NUMBERS = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=1).map(pl.Series),
    st.lists(st.one_of(st.none(), st.integers(0, 255)), min_size=1).map(lambda drawn: pl.Series(drawn, dtype=pl.UInt8)),
    st.lists(st.one_of(st.none(), st.floats(-200, 200, width=32)), min_size=1).map(
        lambda drawn: pl.Series(drawn, dtype=pl.Float32)
    ),
    st.lists(st.one_of(st.none(), st.decimals(-(10**17), 10**17, places=18)), min_size=1).map(
        lambda drawn: pl.Series(drawn, dtype=pl.Decimal(38, 18))
    ),
)


@given(NUMBERS, st.floats(-100, 100), st.integers(1, 9))
def test_numbers_of_every_kind_are_floats(series, at, digits):
    """Whole numbers, short floats and long decimals reach the band they reach case by case."""
    edge = Decimal(f"{at:.{digits}f}")
    made = policy(low_high("f", edge))

    scored = score_frame(made, pl.DataFrame({"f": series}))

    rows = [{"f": MISSING if value is None else value} for value in series]
    assert by_row(made, rows) == scored.drop("f").to_dicts()


@pytest.mark.parametrize("values", [[float("nan")], [1.0, float("inf")], [None, float("-inf")]])
@pytest.mark.parametrize("engine", ["eager", "lazy", "streaming"])
def test_no_number(values, engine):
    """NaN and infinities are refused by the name of the factor, when the table is read; never taken for missing."""
    frame = pl.DataFrame({"f": pl.Series(values, dtype=pl.Float64)})

    read: dict[str, Any] = {
        "eager": lambda: score_frame(policy(low_high("f")), frame),
        "lazy": score_frame(policy(low_high("f")), frame.lazy()).collect,
        "streaming": lambda: score_frame(policy(low_high("f")), frame.lazy()).collect(engine="streaming"),
    }

    with pytest.raises(Invalid) as caught:
        read[engine]()

    assert [("f", "out-of-range")] == [(fault.path, fault.code) for fault in caught.value.faults]


def test_nothing_is_asked_of_what_is_not_applicable():
    """What a computation leaves where there can be no value does not matter: neither a number nor NaN."""
    frame = pl.DataFrame({"f": [50.0, float("nan"), None, 50.0], "f.not_applicable": [True, True, True, None]})

    assert ["none", "none", "none", "high"] == score_frame(policy(low_high("f")), frame)["f.code"].to_list()


TEXT = Categories((Category(("a", "true"), 1, "some"), Category(("b", ""), 2, "more")), Band(None, 0, "other"))


def texts(categories: Categories = TEXT) -> ScoringPolicy:
    """A policy with one factor of categories."""
    return policy(attrs.evolve(low_high("f"), bands=(), categories=categories))


@pytest.mark.parametrize(
    "dtype", [pl.String, pl.Categorical, pl.Enum(["zz", "b", "a", "true", "", "x"])], ids=["text", "category", "enum"]
)
def test_texts_of_every_kind(dtype):
    """Texts come to their category however polars keeps them; an empty one is a text, too."""
    values = ["a", "b", "", "x", "true", None, "zz"]

    scored = score_frame(texts(), pl.DataFrame({"f": pl.Series(values, dtype=dtype)}))

    assert ["some", "more", "more", "other", "some", "unknown", "other"] == scored["f.code"].to_list()


def test_nothing_but_other():
    """Categories may name no texts; then every text is another one."""
    made = texts(Categories((), Band(None, 7, "other")))

    scored = score_frame(made, pl.DataFrame({"f": ["a", None]}))

    assert ["other", "unknown"] == scored["f.code"].to_list()
    assert ["other", "other"] == score_frame(made, pl.DataFrame({"f": [True, False]}))["f.code"].to_list()


def test_names_are_no_patterns():
    """A star and a pattern are names like others."""
    made = policy(low_high("*"), low_high("^f*$"))

    scored = score_frame(made, pl.DataFrame({"*": [20], "^f*$": [5], "ff": [1]}))

    assert ("high", "low", 10) == tuple(scored.row(0, named=True)[name] for name in ("*.code", "^f*$.code", "raw"))


def test_large_points():
    """Sums beyond 64 bits are exact, too."""
    far = Decimal(999999999999999)
    made = policy(
        low_high("f", points=1_000_000, weight=1000, group="one"),
        low_high("g", points=1, weight=Decimal("0.0001"), group="two"),
        combine=Sum(floor=Decimal("0.000000001"), ceiling=far),
        group_caps={"two": far - 1},
    )
    rows = [{"f": f, "g": g} for f in (0, 10) for g in (0, 10)]

    assert by_row(made, rows) == score_frame(made, pl.DataFrame(rows)).drop("f", "g").to_dicts()


def test_faults_of_columns():
    """Every column that is absent, of the wrong kind or in the way is named at once."""
    made = policy(low_high("a"), low_high("b"), low_high("c"), attrs.evolve(texts().factors[0], key="d"))
    frame = pl.DataFrame({"b": ["x"], "c": [1], "c.not_applicable": [1], "d": [1.5], "grade": ["A"], "b.code": ["x"]})

    with pytest.raises(Invalid) as caught:
        score_frame(made, frame)

    assert {
        ("a", "missing"),
        ("b", "wrong-type"),
        ("c.not_applicable", "wrong-type"),
        ("d", "wrong-type"),
        ("grade", "duplicate"),
        ("b.code", "duplicate"),
    } == {(fault.path, fault.code) for fault in caught.value.faults}


def test_a_prefix_keeps_policies_apart():
    """Two policies score one table, one after the other; grades are compared in their order."""
    first, second = policy(low_high("f")), policy(low_high("f", at=5))
    frame = pl.DataFrame({"f": [7, 12]})

    scored = score_frame(second, score_frame(first, frame, prefix="first."), prefix="second.")

    assert ["B", "A"] == scored["first.grade"].to_list()
    assert 2 == scored.filter(pl.col("second.grade") >= pl.col("first.grade").cast(pl.String)).height
    assert ["f", "first.raw", "first.clamped", "first.grade", "first.f.code"] == scored.columns[:5]


def test_a_table_without_rows():
    """Nothing scored is a table with all its columns, and the types they always have."""
    made = policy(low_high("f"))

    assert (
        score_frame(made, pl.DataFrame({"f": [1.0]}))
        .clear()
        .equals(score_frame(made, pl.DataFrame({"f": pl.Series([], dtype=pl.Float64)})))
    )
