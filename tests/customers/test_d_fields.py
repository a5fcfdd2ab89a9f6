"""Fields a host declares (D-09)."""

from typing import Any

import pytest

from crmcore.customers import ChangeProfile, CustomField
from crmcore.errors import CrmError, Invalid
from tests.customers.scene import LI, WANG, Scene, register


def declared(*fields: dict[str, Any]) -> dict[str, Any]:
    """Overrides that declare these fields."""
    return {"customers.custom_fields": list(fields)}


def field(type: str, **more: Any) -> dict[str, Any]:
    """The field x of that type."""
    return {"name": "x", "type": type, **more}


@pytest.mark.rule("D-09")
@pytest.mark.parametrize(
    ("type", "right", "wrong"),
    [
        ("text", ["x", "", "长" * 10_000], [None, 1, True, "x" * 10_001, "\0", ["x"]]),
        ("integer", [0, -1, 2**63 - 1, -(2**63) + 1], [None, True, 1.0, "1", 2**63, -(2**63)]),
        ("decimal", ["12.50", "-1", "1E+2"], [None, 1, 1.5, "", "zwölf", "NaN", "Infinity"]),
        ("boolean", [True, False], [None, 0, 1, "true"]),
        (
            "date",
            ["2026-03-01", "2024-02-29"],
            [None, "2026-3-1", "2026-02-29", "20260301", "2026-03-01T00:00", 20260301],
        ),
    ],
)
def test_values_are_of_the_declared_type(type, right, wrong):
    """Strictly: true is no whole number, and a number is no text."""
    scene = Scene(declared(field(type)))

    assert [[]] * len(right) == [scene.refused(register(fields={"x": value}), by=LI) for value in right]
    assert [["D-09 custom-field"]] * len(wrong) == [
        scene.refused(register(fields={"x": value}), by=LI) for value in wrong
    ]


@pytest.mark.rule("D-09")
def test_a_choice_is_one_of_its_choices():
    """The refusal names field and choices, and not what was typed."""
    scene = Scene(declared(field("choice", choices=["gold", "silver"])))
    [refusal] = scene.refusals(register(fields={"x": "13800000001"}), by=LI)

    assert [] == scene.refused(register(fields={"x": "gold"}), by=LI)
    assert {"field": "x", "expected": "one of gold, silver"} == refusal.params
    assert "custom field x: expected one of gold, silver" == refusal.message()


@pytest.mark.rule("D-09")
@pytest.mark.parametrize(
    ("type", "expected"),
    [
        ("text", "text"),
        ("integer", "a whole number"),
        ("decimal", 'a decimal number as text, such as "12.50"'),
        ("boolean", "true or false"),
        ("date", "a date such as 2026-03-01"),
    ],
)
def test_the_refusal_says_what_is_expected(type, expected):
    """By the type of the field."""
    [refusal] = Scene(declared(field(type))).refusals(register(fields={"x": object()}), by=LI)

    assert expected == refusal.params["expected"]


@pytest.mark.rule("D-09")
def test_only_declared_fields_are_taken():
    """The refusal lists those there are, and does not repeat the unknown one: it may be personal."""
    [none] = Scene().refusals(register(fields={"zhang san": "x"}), by=LI)
    [some] = Scene(declared(field("text"))).refusals(register(fields={"zhang san": "x"}), by=LI)

    assert {"field": "(unknown)", "expected": "one of none, for none is declared"} == none.params
    assert {"field": "(unknown)", "expected": "one of x"} == some.params


@pytest.mark.rule("D-09")
@pytest.mark.parametrize("given", [{}, {"x": ""}, {"x": "  "}])
def test_a_required_field_is_asked_for_like_a_built_in_one(given):
    """Of enterprises and individuals, and it is named beside what else is missing."""
    scene = Scene(declared(field("text", required=True)))
    [refusal] = scene.refusals(register(fields=given, phone=None), by=LI)

    assert ("D-02", "required", {"fields": "phone, x"}) == (refusal.rule, refusal.code, refusal.params)
    assert ["D-02 required"] == scene.refused(register(kind="individual", name="王芳", fields=given), by=LI)


@pytest.mark.rule("D-09")
def test_a_required_field_cannot_be_emptied():
    """A change is no way around it, as with built-in fields."""
    scene = Scene(declared(field("text", required=True))).potential(fields={"x": "a"})

    assert ["D-02 required"] == scene.refused(ChangeProfile("C1", fields={"x": " "}), by=LI)


@pytest.mark.rule("D-09")
def test_falsehood_and_zero_are_given():
    """Required does not mean true."""
    scene = Scene(declared(field("boolean", required=True), {"name": "y", "type": "integer", "required": True}))

    assert [] == scene.refused(register(fields={"x": False, "y": 0}), by=LI)


@pytest.mark.rule("D-09")
def test_fields_are_stored_and_changed_one_by_one():
    """A change replaces the fields it names."""
    scene = Scene(declared(field("integer"), {"name": "y", "type": "text"})).potential(fields={"x": 1, "y": "a"})
    scene.given(ChangeProfile("C1", fields={"x": 2}), by=LI)

    assert {"x": 2, "y": "a"} == scene.customer().profile.fields
    assert ["D-09 custom-field"] == scene.refused(ChangeProfile("C1", fields={"x": "3"}), by=LI)
    assert ["D-13 nothing-to-change"] == scene.refused(ChangeProfile("C1", fields={"x": 2}), by=LI)


@pytest.mark.rule("D-09")
@pytest.mark.parametrize(
    ("type", "value", "other"),
    [("text", "a", "A"), ("integer", 7, 8), ("boolean", True, False), ("date", "2026-03-01", "2026-03-02")],
)
def test_indexed_fields_can_be_searched(type, value, other):
    """Like built-in ones; the answer follows changes."""
    scene = Scene(declared(field(type, indexed=True))).potential(fields={"x": value})
    scene.given(register(id="C2", name="靖江市春意贸易有限公司", fields={"x": other}), by=WANG)
    scene.given(register(id="C3", name="靖江市春意电器有限公司"), by=WANG)
    find = scene.crm.customers.by_field

    assert [["C1"], ["C2"]] == [[customer.id for customer in find("x", asked)] for asked in (value, other)]
    scene.given(ChangeProfile("C1", fields={"x": other}), by=LI)
    assert [[], ["C1", "C2"]] == [[customer.id for customer in find("x", asked)] for asked in (value, other)]


@pytest.mark.rule("D-09")
@pytest.mark.parametrize(("indexed", "most"), [(False, 10_000), (True, 190)])
def test_how_long_a_text_may_be(indexed, most):
    """What can be searched stands in an index, which every database must be able to hold."""
    scene = Scene(declared(field("text", indexed=indexed)))

    assert [] == scene.refused(register(fields={"x": "\U0001f600" * most}), by=LI)
    assert ["D-09 custom-field"] == scene.refused(register(fields={"x": "x" * (most + 1)}), by=LI)


@pytest.mark.rule("D-09")
def test_indexed_choices_can_be_searched():
    """By what was chosen."""
    scene = Scene(declared(field("choice", choices=["gold", "silver"], indexed=True))).potential(fields={"x": "gold"})

    assert [1, 0] == [len(scene.crm.customers.by_field("x", asked)) for asked in ("gold", "silver")]


@pytest.mark.rule("D-09")
@pytest.mark.parametrize(
    ("type", "asked"), [("text", 3), ("integer", "3"), ("boolean", 1), ("date", "3 March"), ("text", "\x00")]
)
def test_searching_for_what_no_field_could_have(type, asked):
    """The same clear error on every storage."""
    scene = Scene(declared(field(type, indexed=True))).potential()

    with pytest.raises(Invalid, match=r"^value: "):
        scene.crm.customers.by_field("x", asked)


@pytest.mark.rule("D-09", "P-19")
def test_what_is_found_is_settled():
    """A customer found by its field is as time has left it."""
    scene = Scene(declared(field("text", indexed=True))).potential(fields={"x": "a"}).at(days=30)
    [found] = scene.crm.customers.by_field("x", "a")

    assert "pool" == found.stage.name


@pytest.mark.rule("D-09")
@pytest.mark.parametrize("name", ["x", "y", "name"])
def test_searching_by_what_is_not_searchable_is_an_error_of_ours(name):
    """Declared but not indexed, or not declared: the error tells so, by a type of this library."""
    scene = Scene(declared(field("text"))).potential()

    with pytest.raises(CrmError):
        scene.crm.customers.by_field(name, "a")


@pytest.mark.rule("D-09")
@pytest.mark.parametrize(
    ("wrong", "paths"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "Größe"}, ["name"]),
        ({"name": "Size"}, ["name"]),
        ({"name": "a b"}, ["name"]),
        ({"name": "x" * 41}, ["name"]),
        ({"name": "x", "type": "choice"}, ["choices"]),
        ({"name": "x", "choices": ("a",)}, ["choices"]),
        ({"name": "x", "type": "decimal", "indexed": True}, ["indexed"]),
        ({"name": "x", "type": "choice", "choices": ["x" * 191], "indexed": True}, ["choices"]),
        ({"name": "X", "type": "choice"}, ["name", "choices"]),
    ],
)
def test_a_declaration_makes_sense(wrong, paths):
    """Names are identifiers, choices belong to choices, and decimals have no order that an index could keep."""
    with pytest.raises(Invalid) as error:
        CustomField(**wrong)

    assert paths == [fault.path for fault in error.value.faults]


@pytest.mark.rule("D-09")
def test_a_longest_name_is_taken():
    """Forty characters."""
    assert 40 == len(CustomField("x" * 40).name)
