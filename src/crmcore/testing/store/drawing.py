"""What the state machine draws: batches, queries and events, small enough to collide often."""

import math
from typing import Any, Final

import hypothesis.strategies as st

from crmcore.storage.interface import Guard, NewEvent, Query, Write
from crmcore.testing.store.kinds import THING
from crmcore.testing.store.model import Model

IDS: Final = ("a", "A", "a ", "á", "\uffff", "😀")
NAMES: Final = ("", "n", "N", "n ", "ss", "ß", "\uffff", "\U0001d400")
VALUES: Final[dict[str, list[Any]]] = {
    "name": [*NAMES],
    "owner": [*NAMES[:3]],
    "due": [-(2**63), -1, 0, 1, 2, 2**63 - 1],
    "score": [-math.inf, -1.5, -0.0, 0.0, 5e-324, 0.1, math.nextafter(0.1, 1), 1e308, math.inf],
    "flag": [False, True],
}
ALL_COLUMNS: Final = st.fixed_dictionaries({name: st.sampled_from([None, *values]) for name, values in VALUES.items()})
INDEXES: Final = {index.name: index for index in THING.indexes}

EVENTS: Final = st.lists(
    st.builds(NewEvent, st.sampled_from(["s", "t"]), st.sampled_from(["x", "y"]), st.binary(max_size=2)), max_size=3
)

#: An index, how many records a page has, and whether pages descend.
PAGES: Final = st.tuples(st.sampled_from(sorted(INDEXES)), st.integers(1, 3), st.booleans())

#: After which position to read, how many events, and of which stream.
READS: Final = st.tuples(st.integers(0, 20), st.integers(0, 5), st.sampled_from([None, "s", "none"]))


@st.composite
def columns(draw: st.DrawFn) -> dict[str, Any]:
    """Values of all columns, or of those alone that are not None."""
    values = draw(ALL_COLUMNS)
    return values if draw(st.booleans()) else {name: value for name, value in values.items() if value is not None}


@st.composite
def batches(draw: st.DrawFn, model: Model) -> list[Write | Guard]:
    """Changes to distinct records; most of them expect the version that is stored."""
    batch: list[Write | Guard] = []
    is_stale = draw(st.sampled_from([False] * 5 + [True]))
    for id in draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1, max_size=4)):
        stored = model.version(THING.name, id)
        expected = draw(st.sampled_from([stored, stored + 1, max(stored - 1, 0)])) if is_stale else stored
        action = draw(st.sampled_from(["put", "put", "put", "put", "delete", "guard"]))
        if action == "guard":
            batch.append(Guard(THING.name, id, expected))
        elif action == "delete" and stored:
            batch.append(Write(THING.name, id, expected, None))
        else:
            batch.append(Write(THING.name, id, expected, draw(st.binary(max_size=3)), draw(columns())))
    return batch


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Any query that fits an index."""
    index = INDEXES[draw(st.sampled_from(sorted(INDEXES)))]
    width = len(index.columns)
    values = [st.sampled_from(VALUES[column]) for column in index.columns]
    fixed = draw(st.integers(0, width))
    eq = tuple(draw(value) for value in values[:fixed])
    bound = st.sampled_from([None, *VALUES[index.columns[fixed]]]) if fixed < width else st.none()
    after = draw(st.none() | st.tuples(*values, st.sampled_from(IDS)))
    if after is not None and draw(st.booleans()):
        after = (*eq, *after[fixed:])
    limit = draw(st.sampled_from([100, 1, 2]))
    return Query(THING.name, index.name, eq, draw(bound), draw(bound), after, limit, draw(st.booleans()))
