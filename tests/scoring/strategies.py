"""Scoring policies of every sort, sound ones and others, and inputs for them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from crmcore.scoring import (
    MISSING,
    NOT_APPLICABLE,
    Band,
    Categories,
    Category,
    Dimension,
    Factor,
    FirstMatch,
    Gap,
    Grade,
    Level,
    Matrix,
    Rule,
    ScoringPolicy,
    Sum,
)

GRADES = ("C", "B", "A")
TEXTS = ("east", "west", "north", "true", "false")

points = st.integers(-30, 30)
weights = st.sampled_from([Decimal(0), Decimal("0.25"), Decimal("0.4"), Decimal(1), Decimal("1.5"), Decimal("2.0001")])
edges = st.integers(-400, 400).map(lambda quarters: Decimal(quarters) / 4)
#: Numbers that often lie on an edge, and just beside one.
numbers = st.one_of(
    edges.map(float),
    st.floats(-120, 120),
    st.integers(-120, 120),
    st.sampled_from([-1e300, 1e300, 5e-324, -0.0]),
)


@st.composite
def bands(draw: Any) -> tuple[Band, ...]:
    """Bands that cover every number."""
    inner = sorted(draw(st.sets(edges, max_size=4)))
    return tuple(Band(at, draw(points), f"b{place}") for place, at in enumerate([None, *inner]))


@st.composite
def categories(draw: Any) -> Categories:
    """Categories that cover every text."""
    named = draw(st.lists(st.sampled_from(TEXTS), unique=True, max_size=4))
    cut = draw(st.integers(0, len(named)))
    groups = [group for group in (named[:cut], named[cut:]) if group]
    of = tuple(Category(tuple(group), draw(points), f"c{place}") for place, group in enumerate(groups))
    return Categories(of, Band(None, draw(points), "other"))


@st.composite
def factors(draw: Any, key: str, group: str, banded: bool | None = None) -> Factor:
    """A factor that asks a field of its own name."""
    banded = draw(st.booleans()) if banded is None else banded
    kind: dict[str, Any] = {"bands": draw(bands())} if banded else {"categories": draw(categories())}
    return Factor(
        key=key,
        source="field",
        params={"name": key},
        weight=draw(weights),
        group=group,
        missing=Band(None, draw(points), "missing"),
        not_applicable=Band(None, draw(points), "not-applicable"),
        **kind,
    )


@st.composite
def sides(draw: Any, group: str) -> Dimension:
    """A side of a matrix."""
    inner = sorted(draw(st.sets(st.integers(-40, 40).map(Decimal), max_size=2)))
    return Dimension(group, tuple(Level(f"l{place}", at) for place, at in enumerate([None, *inner])))


@st.composite
def matrices(draw: Any) -> Matrix:
    """A matrix, mostly with all its cells."""
    rows, columns = draw(sides("one")), draw(sides("two"))
    whole = draw(st.booleans())
    cells = {
        row.code: {
            column.code: draw(st.sampled_from(GRADES))
            for column in columns.levels
            if whole or draw(st.integers(0, 5)) > 0
        }
        for row in rows.levels
    }
    return Matrix(rows, columns, cells)


def _codes(factor: Factor) -> list[str]:
    return [outcome.code for outcome in factor.outcomes]


@st.composite
def gaps(draw: Any, among: tuple[Factor, ...]) -> Gap:
    """A gap rule, mostly with a grade for every band."""
    rule = draw(st.sampled_from(["refuse", "weakest", "amount-led"]))
    if rule == "refuse":
        return Gap()
    whole = draw(st.booleans())
    used = among if whole else draw(st.lists(st.sampled_from(among), min_size=1, unique=True))
    dimensions: Mapping[str, Mapping[str, str]] = {
        factor.key: {
            code: draw(st.sampled_from(GRADES)) for code in _codes(factor) if whole or draw(st.integers(0, 4)) > 0
        }
        for factor in used
    }
    keys = tuple(dimensions)
    if rule == "weakest":
        return Gap("weakest", dimensions)
    return Gap("amount-led", dimensions, keys[:1], keys[1:], draw(st.integers(1, 2)))


@st.composite
def matches(draw: Any, among: tuple[Factor, ...]) -> FirstMatch:
    """Rules in order, with or without one that fits everything."""
    rules = [
        Rule(
            draw(st.sampled_from(GRADES)),
            {
                factor.key: tuple(draw(st.lists(st.sampled_from(_codes(factor)), min_size=1, unique=True)))
                for factor in draw(st.lists(st.sampled_from(among), min_size=1, max_size=2, unique=True))
            },
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    if draw(st.booleans()) or not rules:
        rules.append(Rule(draw(st.sampled_from(GRADES)), {}))
    return FirstMatch(tuple(rules), draw(st.sampled_from(["first-wins", "refuse"])), draw(gaps(among)))


@st.composite
def policies(draw: Any, alike: bool = False, method: str | None = None) -> ScoringPolicy:
    """A policy of any method, or of that one; some of them have errors that ``lint`` finds.

    With ``alike``, factors of one name take values of one kind in all policies drawn.
    """
    wanted = method or draw(st.sampled_from(["sum", "matrix", "first-match"]))
    groups = ["one", "two", *draw(st.lists(st.sampled_from(["one", "two", "three"]), max_size=2))]
    made = tuple(
        draw(factors(f"f{place}", group, place % 2 == 0 if alike else None)) for place, group in enumerate(groups)
    )
    steps = sorted(draw(st.sets(st.integers(-40, 40).map(Decimal), min_size=2, max_size=2)))
    ats: list[Decimal | None] = [None, *steps] if wanted == "sum" else [None, None, None]
    combine: Sum | Matrix | FirstMatch
    if wanted == "sum":
        combine = draw(st.sampled_from([Sum(), Sum(Decimal(-20), Decimal("30.5")), Sum(floor=0)]))
    else:
        combine = draw(matrices()) if wanted == "matrix" else draw(matches(made))
    caps = draw(st.dictionaries(st.sampled_from(sorted(set(groups))), st.integers(-5, 30).map(Decimal), max_size=2))
    grades = tuple(Grade(code, at) for code, at in zip(GRADES, ats, strict=True))
    return ScoringPolicy("drawn", "1", "customer", made, grades, combine, caps)


lacking = st.sampled_from([MISSING, NOT_APPLICABLE])


def value_for(factor: Factor) -> st.SearchStrategy[Any]:
    """A value the factor takes."""
    if factor.categories is None:
        return st.one_of(numbers, numbers, lacking)
    return st.one_of(st.sampled_from([*TEXTS, "elsewhere", ""]), st.booleans(), lacking)


def inputs_for(policy: ScoringPolicy) -> st.SearchStrategy[dict[str, Any]]:
    """A value for each factor."""
    return st.fixed_dictionaries({factor.key: value_for(factor) for factor in policy.factors})
