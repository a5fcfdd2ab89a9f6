"""What refers to a customer goes with it when it is merged, in kinds of ours and of plugins (M-06)."""

import json
from collections.abc import Sequence

import attrs
import pytest

from crmcore import CRM
from crmcore.app.references import referring
from crmcore.app.session import Session
from crmcore.customers import Merge, Transfer, UndoMerge
from crmcore.errors import Invalid, Unreadable
from crmcore.hooks import hookimpl
from crmcore.kernel.entities import Index, Kind
from crmcore.storage.interface import Query, Write
from crmcore.storage.repository import Loaded
from tests.customers.scene import LI, MANAGER, MONDAY, Scene, register

#: Columns of ours that hold text but never the id of a customer. Whoever adds one says here what it holds, or declares
#: it as a reference where it is made (``Kind.references``): nothing else can know.
NO_REFERENCE = {
    ("customer", "number"): "its own customer number",
    ("customer", "name_key"): "a digest of its name",
    ("customer", "alias_key"): "a digest of its name",
    ("customer", "stage"): "a stage",
    ("customer", "owner"): "a person",
    ("customer", "pool"): "a pool",
    ("customer", "accept_by"): "a person",
    ("action", "person"): "a person",
    ("match_key", "key_index"): "the name of an index; the keys of a record lead to whoever it is by now",
    ("match_name", "rules"): "a digest of the rules that its keys were made by",
    # Ratings and conflicts are what their own events say, of the record that these are about.
    ("rating", "scoring"): "a scoring policy",
    ("rating", "customer"): "the record that was scored",
    ("rating", "grade"): "a grade",
    ("rating", "said"): "a grade",
    ("score", "scoring"): "a scoring policy",
    ("score", "customer"): "the record that was scored",
    ("grade_override", "scoring"): "a scoring policy",
    ("grade_override", "customer"): "the record that was scored",
    ("grade_override", "person"): "a person",
    ("scoring_policy", "scoring"): "a scoring policy",
    ("scoring_policy", "edition"): "a version",
    ("conflict", "customer"): "the record that it was opened about",
    ("conflict", "other"): "the record that it collides with",
    ("conflict", "open_pair"): "both of them",
}

CASE = Kind(
    "case",
    {"customer": str, "ticket": str, "open": bool},
    (
        Index("by_customer", ("customer",)),
        Index("by_ticket", ("customer", "ticket"), unique=True),
        Index("by_open", ("open",)),
    ),
    {"customer": "customer"},
)
LINK = Kind(
    "link",
    {"a": str, "b": str},
    (Index("by_a", ("a",)), Index("by_b", ("b",))),
    {"a": "customer", "b": "customer"},
)


class Cases:
    """A plugin that keeps cases of customers, and links between two."""

    @hookimpl
    def crmcore_kinds(self) -> Sequence[Kind]:
        """The kinds it keeps."""
        return CASE, LINK


def scene_of_two():
    """Two records of one enterprise, and a third customer; C1 survives."""
    scene = Scene(plugins=[Cases()]).potential().at(hours=1).pool(id="C2", name="靖江市迎春贸易有限公司")
    return scene.pool(id="C3", name="靖江市晨星有限公司")


def put(scene, kind, id, columns, body=b"{}"):
    """Store a record of the plugin's."""
    with scene.crm.store.begin() as uow:
        uow.write([Write(kind.name, id, 0, body, columns)])


def found(scene, kind, index, *eq):
    """The records of the plugin's under a value."""
    with scene.crm.store.begin() as uow:
        return uow.query(Query(kind.name, index, eq))


def ids(scene, customer):
    """The cases of a customer."""
    return [row.id for row in found(scene, CASE, "by_customer", customer)]


MERGE, UNDO = Merge("C2", "C1", "the same"), UndoMerge("C2", "not the same")


@pytest.mark.rule("M-06", "D-11")
def test_every_column_that_could_hold_a_customer_says_whether_it_does():
    """A new kind that declares nothing fails here, before a merge can forget it."""
    fields = [{"name": "erp", "indexed": True}]
    with CRM.open(overrides={"customers.custom_fields": fields}) as crm:
        texts = {(kind.name, column) for kind in crm.kinds for column, type_ in kind.columns.items() if type_ is str}
        declared = {(kind.name, column) for kind in crm.kinds for column in kind.references}
        kinds = [kind.name for kind in crm.kinds]
        custom = {(kind, column) for kind, column in texts if column.startswith("x_")}

    assert set(NO_REFERENCE) == texts - declared - custom
    assert {("customer", "x_erp")} == custom
    assert {"customer"} == {to for kind in crm.kinds for to in kind.references.values()}
    assert len(set(kinds)) == len(kinds)


def test_what_is_derived_is_left_to_who_writes_it():
    """Open actions and personal values are written with the customer itself."""
    with CRM.open(plugins=[Cases()]) as crm:
        assert {("action", True), ("personal", True), ("case", False), ("link", False)} == {
            (kind.name, kind.derived) for kind in crm.kinds if kind.references
        }
        assert [("case", "customer"), ("link", "a"), ("link", "b")] == [
            (kind.name, column) for kind, column in referring(crm.kinds)
        ]


@pytest.mark.rule("M-06")
def test_what_refers_to_a_record_refers_to_the_survivor():
    """By column and, where the body is JSON with a field of that name, in the body; all else stays as it was."""
    scene = scene_of_two()
    put(scene, CASE, "A", {"customer": "C1", "ticket": "1", "open": True}, b'{"customer":"C1"}')
    put(scene, CASE, "B", {"customer": "C2", "ticket": "2", "open": False}, b'{"customer":"C2","text":"\xe6\x98\xa5"}')
    put(scene, CASE, "C", {"customer": "C2", "ticket": "3", "open": True}, b"\xff no JSON")
    put(scene, CASE, "D", {"customer": "C2", "ticket": "4", "open": True}, b'{"customer":"other words"}')
    put(scene, CASE, "E", {"customer": "C3", "ticket": "5", "open": True}, b'["C2"]')
    put(scene, CASE, "F", {"customer": "C2", "ticket": "6", "open": True}, b'["C2"]')
    scene.given(MERGE, by=MANAGER)
    rows = {row.id: row for row in found(scene, CASE, "by_customer", "C1")}

    assert ["A", "B", "C", "D", "F"] == list(rows)
    assert {"customer": "C1", "ticket": "2", "open": False} == dict(rows["B"].columns)
    assert {"customer": "C1", "text": "春"} == json.loads(rows["B"].body)
    assert (b"\xff no JSON", b'{"customer":"other words"}', b'["C2"]') == tuple(rows[id].body for id in "CDF")
    assert (1, 2) == (rows["A"].version, rows["B"].version)
    assert (["E"], []) == (ids(scene, "C3"), ids(scene, "C2"))


@pytest.mark.rule("M-06")
def test_undoing_points_back_what_was_moved_and_nothing_else():
    """What came to the survivor since stays; what somebody has given to a third customer meanwhile does too."""
    scene = scene_of_two()
    for number, customer in enumerate(("C1", "C2", "C2", "C2"), 1):
        put(
            scene, CASE, f"K{number}", {"customer": customer, "ticket": str(number), "open": True}, b'{"customer":"C2"}'
        )
    scene.given(MERGE, by=MANAGER)
    put(scene, CASE, "K5", {"customer": "C1", "ticket": "5", "open": True})
    with scene.crm.store.begin() as uow:
        uow.write(
            [
                Write("case", "K3", 2, b"{}", {"customer": "C3", "ticket": "3", "open": True}),
                Write("case", "K4", 2, None),
            ]
        )
    scene.given(UNDO, by=MANAGER)

    assert (["K1", "K5"], ["K2"], ["K3"]) == (ids(scene, "C1"), ids(scene, "C2"), ids(scene, "C3"))
    assert {"customer": "C2"} == json.loads(found(scene, CASE, "by_customer", "C2")[0].body)


@pytest.mark.rule("M-06")
def test_a_record_may_be_merged_again():
    """What was moved the first time is not what is moved the second time."""
    scene = scene_of_two()
    put(scene, CASE, "A", {"customer": "C2", "ticket": "1", "open": True})
    scene.given(MERGE, UNDO, by=MANAGER)
    put(scene, CASE, "B", {"customer": "C2", "ticket": "2", "open": True})
    scene.given(MERGE, by=MANAGER)

    assert (["A", "B"], []) == (ids(scene, "C1"), ids(scene, "C2"))
    assert (["A", "B"], []) == (ids(scene.given(UNDO, by=MANAGER), "C2"), ids(scene, "C1"))
    assert [] == ids(scene.given(MERGE, by=MANAGER), "C2")


@pytest.mark.rule("M-06")
def test_two_references_of_one_record_both_move():
    """A link of a record with itself is one of the survivor with itself, and back."""
    scene = scene_of_two()
    put(scene, LINK, "L", {"a": "C2", "b": "C2"}, b'{"a":"C2","b":"C2"}')
    scene.given(MERGE, by=MANAGER)
    [merged] = found(scene, LINK, "by_a", "C1")
    scene.given(UNDO, by=MANAGER)
    [undone] = found(scene, LINK, "by_b", "C2")

    assert ({"a": "C1", "b": "C1"}, {"a": "C1", "b": "C1"}) == (dict(merged.columns), json.loads(merged.body))
    assert ({"a": "C2", "b": "C2"}, {"a": "C2", "b": "C2"}) == (dict(undone.columns), json.loads(undone.body))


@pytest.mark.rule("M-06", "P-21")
def test_records_that_exclude_each_other_refuse_a_merge():
    """None of them is dropped to make room, as some systems do."""
    scene = scene_of_two()
    put(scene, CASE, "A", {"customer": "C1", "ticket": "1", "open": True})
    put(scene, CASE, "B", {"customer": "C2", "ticket": "1", "open": True})
    put(scene, CASE, "C", {"customer": "C2", "ticket": None, "open": True})
    [refusal] = scene.refusals(MERGE, by=MANAGER)

    assert ("M-06", "records-clash", {"kinds": "case"}) == (refusal.rule, refusal.code, refusal.params)
    assert (["A"], ["B", "C"]) == (ids(scene, "C1"), ids(scene, "C2"))


@pytest.mark.rule("M-06")
def test_many_records_move():
    """More than a page of them."""
    scene = scene_of_two()
    with scene.crm.store.begin() as uow:
        uow.write(
            [
                Write("case", f"K{n:04}", 0, b"{}", {"customer": "C2", "ticket": str(n), "open": True})
                for n in range(1100)
            ]
        )
    scene.given(MERGE, by=MANAGER)
    with scene.crm.store.begin() as uow:
        assert 1100 == len(uow.query(Query("case", "by_customer", ("C1",), limit=2000)))
    scene.given(UNDO, by=MANAGER)
    with scene.crm.store.begin() as uow:
        assert 1100 == len(uow.query(Query("case", "by_customer", ("C2",), limit=2000)))


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (Kind("k", {"customer": str}, (), {"customer": "customer"}), "not-allowed"),
        (
            Kind("k", {"customer": str, "n": int}, (Index("i", ("customer", "n")),), {"customer": "customer"}),
            "not-allowed",
        ),
        (Kind("k", {"customer": int}, (Index("i", ("customer",)),), {"customer": "customer"}), "unknown-field"),
        (Kind("k", {}, (), {"customer": "customer"}), "unknown-field"),
    ],
    ids=["no index", "index over more", "no text", "no column"],
)
def test_a_reference_needs_a_column_and_an_index_of_its_own(kind, fault):
    """Or it could not be found when a customer is merged."""

    class Wrong:
        """A plugin with that kind."""

        @hookimpl
        def crmcore_kinds(self) -> Sequence[Kind]:
            """The kind."""
            return (kind,)

    with pytest.raises(Invalid) as caught:
        CRM.open(plugins=[Wrong()])
    assert [("k.references.customer", fault)] == [(one.path, one.code) for one in caught.value.faults]


@pytest.mark.rule("M-06")
def test_a_leavers_customers_leave_out_what_is_merged():
    """A record that was the leaver's and is merged into another's is nobody's."""
    scene = Scene().potential().at(hours=1).potential(id="C2", name="靖江市迎春贸易有限公司")
    scene.given(Merge("C2", "C1", "the same"), by=MANAGER)
    moved = scene.crm.hand_over_all("li", [MANAGER], actor=MANAGER, at=MONDAY.replace(day=3))

    assert [("C1", Transfer.do)] == [(one.customer, one.do) for one in moved]


@pytest.mark.rule("M-06", "D-13")
def test_observers_are_told_of_both_histories():
    """In one go, and the outcome names both."""
    told = []

    class Observer:
        """A plugin that is told what is stored."""

        @hookimpl
        def crmcore_after_commit(self, events) -> None:
            """Note it."""
            told.append([f"{envelope.stream} {envelope.type}" for envelope in events])

    scene = (
        Scene(plugins=[Observer()])
        .potential()
        .at(hours=1)
        .given(register(id="C2", name="靖江市迎春贸易有限公司"), by=LI)
    )
    told.clear()
    outcome = scene.when(MERGE, by=MANAGER)

    assert [["C2 merged-into", "C1 absorbed"]] == told
    assert told == [[f"{envelope.stream} {envelope.type}" for envelope in outcome.events]]
    assert ("C2", "merged") == (outcome.customer.id, outcome.customer.stage.name)


@pytest.mark.rule("M-06")
def test_a_survivor_that_is_not_there_is_told_as_damage():
    """Nothing is ever deleted, so a storage in which it is missing has been damaged."""
    scene = scene_of_two().given(MERGE, by=MANAGER)
    with scene.crm.store.begin() as uow:
        uow.write([Write("customer", "C1", 2, None)])

    with pytest.raises(Unreadable):
        scene.crm.customers.by_name("靖江市迎春贸易有限公司")
    assert "C1" in {problem.customer for problem in scene.crm.verify()}


@pytest.mark.rule("M-06", "P-20")
def test_a_survivor_that_changes_between_two_looks_is_a_conflict(monkeypatch):
    """What was decided on what it had been is decided anew, and passes."""
    scene, load, looks = scene_of_two(), Session.load, []

    def load_and_look(session: Session, id: str) -> object:
        loaded = load(session, id)
        looks.append(id)
        if loaded is not None and looks == ["C2", "C1"]:
            return Loaded(attrs.evolve(loaded.entity, version=9), loaded.version)
        return loaded

    monkeypatch.setattr(Session, "load", load_and_look)
    scene.given(MERGE, by=MANAGER)

    assert ["C2", "C1", "C2", "C1"] == looks
    assert [] == list(scene.crm.verify())
