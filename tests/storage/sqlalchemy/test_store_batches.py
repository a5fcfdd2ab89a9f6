"""Large batches, which take other ways than small ones, and must come to the same."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from crmcore.errors import Conflict, StorageError, UniqueViolation
from crmcore.storage.interface import Guard, Query, Write
from crmcore.storage.sqlalchemy import SqlAlchemyStore, postgres
from crmcore.testing.store.model import Model
from tests.storage.conftest import THING
from tests.storage.sqlalchemy.databases import DIALECTS
from tests.storage.sqlalchemy.stores import apply, note, opened, thing, url_of, versions

MANY = 3 * postgres.MANY
IDS = [f"{number:03}" for number in range(MANY)]


@pytest.fixture(params=DIALECTS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlAlchemyStore]:
    """Give an open store on each database."""
    with opened(url_of(request.param, request, tmp_path)) as store:
        yield store


def names(store: SqlAlchemyStore) -> dict[str, Any]:
    """Which record has which name."""
    with store.begin() as uow:
        return {record.id: record.columns["name"] for record in uow.get("thing", IDS)}


def full(id: str, expected: int, **columns: Any) -> Write:
    """A write with every column set."""
    values: dict[str, Any] = {"name": f"n{id}", "owner": "o", "due": int(id), "score": 0.1, "flag": True}
    return Write("thing", id, expected, id.encode(), {**values, **columns})


def test_everything_at_once(store: SqlAlchemyStore):
    """Deletes, updates and inserts of two kinds, with and without columns set, come back as written."""
    first, second, third = IDS[::3], IDS[1::3], IDS[2::3]
    apply(store, *(full(id, 0) for id in [*first, *second]), *(note(id) for id in [*first, *second]))
    changes = [Write("thing", id, 1, None) for id in first]
    changes += [full(id, 1, name=None, due=-(2**63), score=float("inf"), flag=False) for id in second]
    changes += [Write("thing", id, 0, b"", {}) for id in third]
    apply(store, *reversed(changes), *(note(id, 1, b"\x00") for id in first), *(note(id) for id in third))

    with store.begin() as uow:
        found = {record.id: (record.version, record.body, dict(record.columns)) for record in uow.get("thing", IDS)}
        notes = {record.id: (record.version, record.body) for record in uow.get("note", IDS)}
    changed = {"name": None, "owner": "o", "due": -(2**63), "score": float("inf"), "flag": False}
    assert {
        **{id: (2, id.encode(), changed) for id in second},
        **{id: (1, b"", dict.fromkeys(THING.columns)) for id in third},
    } == found
    assert {**dict.fromkeys(first, (2, b"\x00")), **dict.fromkeys([*second, *third], (1, b"x"))} == notes


@pytest.mark.parametrize("stale", ["update", "delete", "insert", "guard", "absent"])
def test_every_stale_key_is_named(store: SqlAlchemyStore, stale: str):
    """However many there are, all keys at fault are named, in order, and nothing is stored."""
    apply(store, *(full(id, 0) for id in IDS))
    at_fault = IDS[1::2]
    cases: dict[str, Callable[[str], Write | Guard]] = {
        "update": lambda one: full(one, 2),
        "delete": lambda one: Write("thing", one, 3, None),
        "insert": lambda one: full(one, 0),
        "guard": lambda one: Guard("thing", one, 7),
        "absent": lambda one: Guard("thing", one, 0),
    }
    bad = cases[stale]

    with pytest.raises(Conflict) as caught:
        apply(store, *(full(id, 1) for id in IDS[::2]), *(bad(id) for id in reversed(at_fault)))
    assert [("thing", id) for id in at_fault] == list(caught.value.keys)
    assert dict.fromkeys(IDS, 1) == versions(store, "thing", *IDS)


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("backwards", [False, True])
def test_keys_move_along(store: SqlAlchemyStore, step: int, backwards: bool):
    """Each record takes the name of the one beside it: that passes in the order in which names come free.

    In the other order nothing is promised, but all of the batch is stored or nothing.
    """
    apply(store, *(full(id, 0, owner=None) for id in IDS))
    moved = [full(id, 1, name=f"n{int(id) + step:03}", owner=None) for id in IDS]
    before, after = {id: f"n{id}" for id in IDS}, {id: f"n{int(id) + step:03}" for id in IDS}
    refused: list[UniqueViolation] = []
    try:
        apply(store, *(reversed(moved) if backwards else moved))
    except UniqueViolation as error:
        refused.append(error)

    assert (before if refused else after) == names(store)
    assert {("thing", "by_name")} >= {(error.kind, error.index) for error in refused}
    assert not refused or backwards != (step > 0)


def test_a_key_passes_from_deletes_to_updates_to_inserts(store: SqlAlchemyStore):
    """What a delete sets free an update takes, and what that sets free an insert."""
    third = MANY // 3
    old, kept, new = IDS[:third], IDS[third : 2 * third], IDS[2 * third :]
    apply(store, *(full(id, 0) for id in [*old, *kept]))
    inserts = [full(id, 0, name=f"n{other}") for id, other in zip(new, kept, strict=True)]
    updates = [full(id, 1, name=f"n{other}") for id, other in zip(kept, old, strict=True)]
    apply(store, *inserts, *updates, *(Write("thing", id, 1, None) for id in old))

    found = names(store)
    assert [f"n{id}" for id in [*old, *kept]] == [found[id] for id in [*kept, *new]]


@pytest.mark.parametrize("ours", ["insert", "update"])
def test_a_taken_key_in_a_large_batch(store: SqlAlchemyStore, ours: str):
    """One key that somebody else holds refuses the whole batch, by the index."""
    apply(store, thing("holder", name="taken"), *(full(id, 0) for id in IDS if ours == "update"))
    expected = 1 if ours == "update" else 0

    with pytest.raises(UniqueViolation) as caught:
        apply(store, *(full(id, expected, name="taken" if id == IDS[5] else f"m{id}") for id in IDS))
    assert ("thing", "by_name") == (caught.value.kind, caught.value.index)
    assert {"holder": 1} == versions(store, "thing", "holder", *(IDS if ours == "insert" else []))


def test_staleness_explains_a_clash(store: SqlAlchemyStore):
    """A conflict wins over a taken key, whichever comes first in the batch."""
    apply(store, thing("holder", name="taken"), full(IDS[0], 0))
    batch = [full(id, 0, name="taken" if id == IDS[1] else f"m{id}") for id in IDS]

    with pytest.raises(Conflict) as caught:
        apply(store, *batch)
    assert (("thing", IDS[0]),) == caught.value.keys


def test_two_at_risk(store: SqlAlchemyStore):
    """Where the first of two changes meets a taken key and the second is stale, that is a conflict."""
    apply(store, thing("a", name="a"), thing("b", name="b"), thing("c", name="c"))

    with pytest.raises(Conflict) as caught:
        apply(store, thing("a", 1, name="c"), thing("b", 9, name="x"))
    assert (("thing", "b"),) == caught.value.keys


def test_several_kinds_and_one_at_risk(store: SqlAlchemyStore):
    """A taken key refuses what stands beside it, of another kind, too."""
    apply(store, thing("a", name="a"), thing("b", name="b"), note("a"))
    for bad in (thing("a", 1, name="b"), thing("c", name="b")):
        with pytest.raises(UniqueViolation):
            apply(store, bad, note("b"), note("a", 1))
    with pytest.raises(Conflict) as caught:
        apply(store, thing("c", name="b"), note("a"), note("z", 4))

    assert (("note", "a"), ("note", "z")) == caught.value.keys
    assert {"a": 1} == versions(store, "note", "a", "b")


def test_bodies_larger_than_a_statement(store: SqlAlchemyStore):
    """Bodies that do not go into one statement together go into several."""
    large = bytes(range(256)) * 2000
    apply(store, *(Write("note", id, 0, large) for id in IDS[:8]))

    with store.begin() as uow:
        assert [large] * 8 == [record.body for record in uow.get("note", IDS)]


NAMES = st.sampled_from([None, "a", "b", "c", "d"])
ACTIONS = st.sampled_from(["put", "put", "put", "delete", "insert"])
OFF = st.sampled_from([0, 0, 0, 0, 0, 0, 1])
CHANGES = st.lists(st.tuples(ACTIONS, NAMES, OFF), min_size=2, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=st.lists(NAMES, max_size=12), changes=CHANGES, order=st.randoms(use_true_random=False))
def test_agrees_with_the_model(store: SqlAlchemyStore, before, changes, order):
    """Any batch over few keys ends as it does in the model, in arrays as well as one by one."""
    model = Model([THING])
    with pytest.raises(RolledBack), store.begin() as uow:  # noqa: PT012
        taken: set[str | None] = set()
        for number, name in enumerate(before):
            if name not in taken:
                taken |= {name} - {None}
                write = thing(f"{number:02}", name=name)
                uow.write([write])
                model.write([write])
        batch: list[Write | Guard] = [_change(model, f"{number:02}", *change) for number, change in enumerate(changes)]
        order.shuffle(batch)
        _compare(uow, model, batch)
        raise RolledBack


class RolledBack(Exception):
    """What a unit is ended with to roll it back."""


def _change(model: Model, id: str, action: str, name: str | None, off: int) -> Write:
    stored = model.records.get(("thing", id), (0,))[0]
    if action == "delete" and stored:
        return Write("thing", id, stored + off, None)
    expected = 0 if action == "insert" and off else stored + off * bool(stored)
    return thing(id, expected, name=name)


def _compare(uow: Any, model: Model, batch: list[Write | Guard]) -> None:
    verdict = model.write(batch)
    failed: StorageError | None = None
    try:
        uow.write(batch)
    except (Conflict, UniqueViolation) as error:
        failed = error
    if isinstance(failed, Conflict):
        assert verdict.stale == list(failed.keys)
    elif isinstance(failed, UniqueViolation):
        assert (failed.kind, failed.index) in verdict.clashing | verdict.crossed
    else:
        assert verdict.passes
        ids = [id for _, id in model.records]
        found = {record.id: (record.version, record.body, dict(record.columns)) for record in uow.get("thing", ids)}
        assert {id: record for (_, id), record in model.records.items()} == found
        by_name = [record.id for record in uow.query(Query("thing", "by_name"))]
        assert model.query(Query("thing", "by_name")) == by_name
