"""Racing with mergers: one winner each, nothing lost, and a name that is merged is never free (M-06, P-20, P-02)."""

import json
from functools import partial
from itertools import pairwise

import pytest

from crmcore import CRM, Actor, Denied, Outcome
from crmcore.customers import AddContact, ContactDetails, Merge, Merged, UndoMerge
from tests.properties.racing import NOW, POOL, registration
from tests.properties.test_races import at_once, claiming, positions_are_gapless, raced, registering, started

MANAGER, LI = Actor("chen", {"manager"}), Actor("li", {"pre-sales"})
FIRST, SECOND = "上海晨星贸易有限公司", "上海朝霞贸易有限公司"


def merging(crm: CRM, record: str, into: str) -> partial[Outcome | Denied]:
    """A merge that is decided, to be called."""
    return partial(crm.answer, Merge(record, into, "the same", decided=True), actor=MANAGER, at=NOW)


@pytest.mark.rule("M-06", "P-20")
def test_processes_merge_the_same_pairs_either_way_round(shared_url: str) -> None:
    """While others claim them: of each pair one merge passes, and what is merged nobody has."""
    url, ids = shared_url, POOL[:100]
    pairs = list(zip(ids[::2], ids[1::2], strict=True))
    with CRM.open(url) as crm:
        for id in ids:
            crm.handle(registration(id, f"上海{id}贸易有限公司"), actor=MANAGER, at=NOW)
    turned = [(into, record) for record, into in pairs]
    answers = raced(
        {
            "a": started("merger", url, "a", json.dumps(pairs)),
            "b": started("merger", url, "b", json.dumps(turned)),
            "claims": started("claimer", url, "{}", "claims"),
        }
    )

    with CRM.open(url) as crm:
        stages = {customer.id: customer.stage for customer in crm.customers.all(at=NOW, merged=True)}
        merged = {one["won"] for who in ("a", "b") for one in answers[who] if "won" in one}
        rules = {rule for one in answers["claims"] if one.get("lost") in ids for rule in one["rules"]}

        assert merged == {id for id, stage in stages.items() if isinstance(stage, Merged)}
        assert all(1 == (record in merged) + (into in merged) for record, into in pairs)
        assert {"M-06"} >= rules
        assert {"claims"} == {stages[id].owner for id in ids if id not in merged}
        assert {one["won"] for one in answers["claims"] if "won" in one} == {
            id for id, stage in stages.items() if (stage.was if isinstance(stage, Merged) else stage).owner
        }
        assert [] == list(crm.verify())
        assert positions_are_gapless(crm)


@pytest.mark.rule("M-06", "P-20")
def test_merges_into_one_customer_lose_nothing(threads_url: str) -> None:
    """Four at once, and somebody who adds contacts to it: all that was on record is there in the end."""
    with CRM.open(threads_url) as crm:
        for id in POOL[:5]:
            command = registration(id, f"上海{id}贸易有限公司")
            crm.handle(command, actor=MANAGER, at=NOW)
            crm.handle(AddContact(id, ContactDetails(id)), actor=MANAGER, at=NOW)
        calls = {id: merging(crm, id, POOL[0]) for id in POOL[1:5]}
        more = partial(crm.answer, AddContact(POOL[0], ContactDetails("another")), actor=MANAGER, at=NOW)
        told = at_once({**calls, "contact": more})
        customer = crm.customer(POOL[0], at=NOW)

        assert all(isinstance(one, Outcome) for one in told.values())
        assert sorted([*POOL[:5], "another"]) == sorted(contact.details.name for contact in customer.contacts)
        assert list(range(1, 7)) == [contact.number for contact in customer.contacts]
        assert set(POOL[1:5]) == {merge.record for merge in customer.merges}
        assert [] == list(crm.verify())


@pytest.mark.rule("M-06")
def test_mergers_in_a_ring_leave_somebody(threads_url: str) -> None:
    """A into B, B into C, C into A, all at once: nothing is merged in a circle."""
    ring = POOL[:3]
    with CRM.open(threads_url) as crm:
        for id in ring:
            crm.handle(registration(id, f"上海{id}贸易有限公司"), actor=MANAGER, at=NOW)
        told = at_once({of: merging(crm, of, into) for of, into in pairwise((*ring, ring[0]))})
        merged = {id for id, one in told.items() if isinstance(one, Outcome)}

        assert len(merged) in {1, 2}
        assert {"M-06"} >= {why.rule for one in told.values() if isinstance(one, Denied) for why in one.refusals}
        assert 1 <= len({crm.customers.survivor(id, at=NOW).id for id in ring}) <= 2
        assert [] == list(crm.verify())


@pytest.mark.rule("M-06", "P-02")
def test_a_name_is_never_free_while_its_record_is_merged_or_unmerged(threads_url: str) -> None:
    """Who registers it meanwhile is refused, each time, whichever comes first."""
    with CRM.open(threads_url) as crm:
        for id, name in (("A", FIRST), ("B", SECOND)):
            crm.handle(registration(id, name), actor=MANAGER, at=NOW)
        for round_ in range(20):
            undo = partial(crm.answer, UndoMerge("B", "not the same"), actor=MANAGER, at=NOW)
            change = merging(crm, "B", "A") if round_ % 2 == 0 else undo
            told = at_once({"change": change, "register": registering(crm, f"N{round_}", SECOND, LI)})

            assert isinstance(told["change"], Outcome)
            assert isinstance(told["register"], Denied)
            assert {"P-02"} == {why.rule for why in told["register"].refusals}
        assert [] == list(crm.verify())


@pytest.mark.rule("M-06", "P-20")
def test_an_undoing_races_with_what_is_built(threads_url: str) -> None:
    """Either the merge is undone, or something is built upon it: never both."""
    with CRM.open(threads_url) as crm:
        for round_ in range(10):
            first, second = f"A{round_}", f"B{round_}"
            for id in (first, second):
                crm.handle(registration(id, f"上海{id}贸易有限公司"), actor=MANAGER, at=NOW)
            crm.handle(Merge(second, first, "the same"), actor=MANAGER, at=NOW)
            undo = partial(crm.answer, UndoMerge(second, "not the same"), actor=MANAGER, at=NOW)
            told = at_once({"undo": undo, "claim": claiming(crm, first, LI)})
            types = [envelope.type for envelope in crm.history(first, at=NOW)]

            assert isinstance(told["claim"], Outcome)
            if isinstance(told["undo"], Denied):
                assert {"built-upon"} == {why.code for why in told["undo"].refusals}
                assert "given-back" not in types
            else:
                assert types.index("given-back") < types.index("protected")
        assert [] == list(crm.verify())
