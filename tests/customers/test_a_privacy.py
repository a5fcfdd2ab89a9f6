"""Personal data never appears in logs, exception texts or ``repr`` (A-05)."""

import importlib
import itertools
import json
import logging
import pkgutil
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
import pytest

from crmcore.app.clusters import Cluster
from crmcore.app.finding import Found
from crmcore.app.outcome import Denied, Outcome, Request
from crmcore.conflicts.commands import COMMANDS as CONFLICT_COMMANDS
from crmcore.conflicts.entities import Conflict
from crmcore.conflicts.events import EVENTS as CONFLICT_EVENTS
from crmcore.customers import (
    COMMANDS,
    AgendaItem,
    ChangeContact,
    ChangeProfile,
    Contact,
    ContactDetails,
    CoolDown,
    Customer,
    FollowUp,
    NextAction,
    Participant,
    Profile,
    Register,
)
from crmcore.customers.duplicates import Alike, Similar
from crmcore.customers.events import EVENTS
from crmcore.customers.export import Held as HeldData
from crmcore.customers.export import Item
from crmcore.customers.facts import Facts, Held, Holder
from crmcore.customers.file import Attachment, File, Need, Needs
from crmcore.customers.seen import MaskedCustomer, StageSeen
from crmcore.customers.stages import Formal, Intent, Pool, Potential
from crmcore.customers.stored import CONVERTER, OpenAction, name_digest
from crmcore.errors import CrmError, Invalid, Refused
from crmcore.importing import Problem
from crmcore.kernel.actors import Actor
from crmcore.kernel.events import Envelope, UnknownEvent
from crmcore.kernel.money import Money
from crmcore.kernel.personal import plan_of, take_out
from crmcore.kernel.wire import read
from crmcore.matching import Hit, Identity, NameParts
from crmcore.people import Consent
from crmcore.storage.interface import Event, NewEvent, Query, Record, Write
from crmcore.storage.match_keys import Keyed
from tests.customers.scene import LI, MANAGER, MONDAY, NAME, REVIEWER, WANG, Scene, record, register
from tests.customers.test_p_rules_why_not import EACH

#: What must not be seen: a name, a number and a text that stand nowhere else.
MARKER = "欧阳小满13912345678"
LONG_MARKER = MARKER * 1000

ENTITIES: tuple[type[Any], ...] = (
    Profile,
    ContactDetails,
    Participant,
    Contact,
    NextAction,
    CoolDown,
    Customer,
    OpenAction,
    Need,
    Needs,
    Attachment,
    Consent,
    File,
)
STAGES: tuple[type[Any], ...] = (Pool, Potential, Intent, Formal)
AROUND: tuple[type[Any], ...] = (AgendaItem, Held, Holder, Facts, MaskedCustomer, Item, HeldData)
CLASSES: tuple[type[Any], ...] = (*COMMANDS.values(), FollowUp, *EVENTS, *ENTITIES, *STAGES, *AROUND)
#: Who is alike, what collides, and what is wrong with a row of a file.
ALIKE: tuple[type[Any], ...] = (Identity, NameParts, Keyed, Hit, Alike, Similar, Found, Cluster)
COLLIDING: tuple[type[Any], ...] = (Conflict, *CONFLICT_COMMANDS.values(), *CONFLICT_EVENTS)
OTHERS: tuple[type[Any], ...] = (*ALIKE, *COLLIDING, Problem)

#: The names of fields that some class declares as personal.
PERSONAL_NAMES = {
    attribute.name for cls in CLASSES for attribute in attrs.fields(cls) if attribute.metadata.get("personal")
}
#: What fields are called that tell of somebody wherever they stand; a name may be that of a policy.
TELLING = frozenset(
    ("address", "body", "branch", "brand", "credit_code", "decision", "email", "emails", "fax", "feedback", "full",
     "introduction", "mobile", "note", "phone", "phones", "response", "tax_id", "trade", "website")
)  # fmt: skip
_LEAVES: dict[Any, Any] = {
    Actor: LI,
    int: 1,
    bool: True,
    float: 1.0,
    datetime: MONDAY,
    date: date(2026, 3, 1),
    Money: Money(Decimal(1), "CNY"),
    StageSeen: StageSeen(Pool.name, Pool.label),
}
#: Fields that take no text of any sort: the marker stands where it can.
_FORMED = {"digest": "sha256:" + "0" * 64, "uri": f"s3://bucket/{MARKER}"}


def build(cls: type[Any]) -> Any:
    """An object of that class whose personal fields, inside it as well, hold the marker."""
    if issubclass(cls, tuple):
        return cls(*(value_of(annotation, personal=False) for annotation in get_type_hints(cls).values()))
    values = {}
    for attribute in attrs.fields(cls):
        personal = attribute.metadata.get("personal") or attribute.name in PERSONAL_NAMES
        values[attribute.name] = _FORMED.get(attribute.name) or value_of(attribute.type, personal=personal)
    return cls(**values)


def classes_in(package: str) -> list[type[Any]]:
    """The attrs classes that the modules of a package define."""
    root = importlib.import_module(package)
    names = [package, *(one.name for one in pkgutil.walk_packages(root.__path__, f"{package}."))]
    found = [one for name in names for one in vars(importlib.import_module(name)).values() if isinstance(one, type)]
    return [one for one in dict.fromkeys(found) if one.__module__.startswith(package) and attrs.has(one)]


def value_of(annotation: Any, *, personal: bool) -> Any:
    """A value of that type: the marker where it is a personal text."""
    origin = get_origin(annotation)
    if annotation is str:
        return MARKER if personal else "x1"
    if origin is Literal:
        return get_args(annotation)[0]
    if origin in {Union, UnionType}:
        return value_of(next(part for part in get_args(annotation) if part is not NoneType), personal=personal)
    if origin in {tuple, frozenset}:
        return origin([value_of(get_args(annotation)[0], personal=personal)])
    if origin is not None and issubclass(origin, Mapping):
        return {"x": MARKER}
    return _LEAVES[annotation] if annotation in _LEAVES else build(annotation)


@pytest.mark.rule("A-05")
def test_the_personal_fields_are_those_one_would_name():
    """Names, ways to reach people, and whatever somebody wrote about them, at least."""
    assert {
        "name",
        "address",
        "phone",
        "fax",
        "email",
        "introduction",
        "fields",
        "position",
        "mobile",
        "content",
        "next_action",
        "feedback",
        "response",
        "note",
        "reason",
        "website",
        "credit_code",
        "tax_id",
    } <= PERSONAL_NAMES


@pytest.mark.rule("A-05")
@pytest.mark.parametrize("cls", [*CLASSES, *OTHERS], ids=lambda cls: cls.__name__)
def test_no_representation_shows_personal_data(cls):
    """Not of commands, events, entities, stages, facts or who is alike, nor of what holds them."""
    built = build(cls)
    holders = (built, [built], {"a": built}, Envelope("x1", 1, "x1", "x1", built))

    for shown in itertools.chain.from_iterable((repr(one), str(one), f"{one}", f"{one!r:>10}") for one in holders):
        assert MARKER not in shown


@pytest.mark.rule("A-05")
@pytest.mark.parametrize("module", ["app", "conflicts", "customers", "importing", "matching", "people", "ratings"])
def test_no_class_shows_a_field_that_tells_of_a_person(module):
    """Whatever is added later as well: by the name of the field."""
    shown = [
        f"{cls.__name__}.{attribute.name}"
        for cls in classes_in(f"crmcore.{module}")
        for attribute in attrs.fields(cls)
        if attribute.repr and attribute.name in TELLING
    ]

    assert [] == shown


@pytest.mark.rule("A-05")
@pytest.mark.parametrize(
    "record",
    [
        Record("x", "x", 1, b"13912345678", {"city": "13912345678"}),
        Write("x", "x", 1, b"13912345678", {"city": "13912345678"}),
        NewEvent("x", "x", b"13912345678"),
        Event(1, "x", "x", b"13912345678"),
        Query("x", "x", ("13912345678",), "13912345678", "13912345678", ("13912345678",)),
        Keyed("x", "13912345678", 1, 1),
    ],
    ids=lambda record: type(record).__name__,
)
def test_what_is_stored_is_not_shown(record):
    """A record in a log tells what it is, and not what is in it."""
    assert "13912345678" not in repr(record)


@pytest.mark.rule("A-05")
def test_no_answer_shows_personal_data():
    """Nor do outcomes, denials, requests, and events that a newer program has written."""
    customer = build(Customer)
    envelope = Envelope("x1", 1, "x1", "x1", UnknownEvent(MONDAY, "newer", 9, {"text": MARKER}))
    command = build(Register)

    for shown in (Outcome(customer, (envelope,)), Denied(customer, ()), Request(command, LI), envelope):  # type: ignore[arg-type]
        assert MARKER not in repr(shown) + str(shown)


@pytest.mark.rule("A-05")
@pytest.mark.parametrize("cls", [*EVENTS, Customer], ids=lambda cls: cls.__name__)
def test_personal_data_is_stored_apart(cls):
    """What is left of an event or a customer without its personal part has none of it."""
    data = CONVERTER.unstructure(build(cls), cls)
    whole = json.dumps(data, ensure_ascii=False)
    taken = take_out(plan_of(cls), data)

    assert (MARKER in whole) == bool(taken)
    assert MARKER not in json.dumps(data, ensure_ascii=False)


@pytest.mark.rule("A-05")
def test_an_index_over_names_holds_digests():
    """The name of an individual cannot be read off the unique index."""
    digest = name_digest(Register(name=MARKER, kind="individual", phone=MARKER))

    assert 32 == len(digest)
    assert digest.isalnum()


@pytest.mark.rule("A-05")
@pytest.mark.parametrize(
    "command", [build(cls) for cls in COMMANDS.values()], ids=lambda command: type(command).__name__
)
def test_no_refusal_repeats_personal_data(command, caplog):
    """Of commands filled with it, given to customers filled with it, at each stage and by each person."""
    named = attrs.evolve(command, customer="C1") if hasattr(command, "customer") else attrs.evolve(command, id="C1")
    with caplog.at_level(logging.NOTSET):
        for stage, who in itertools.product(("pool", "potential", "intent", "formal"), (LI, WANG, MANAGER, REVIEWER)):
            scene = Scene()
            getattr(scene, stage)(name=f"{MARKER}有限公司", phone=MARKER, contacts=(ContactDetails(MARKER),))
            answer = scene.crm.answer(named, actor=who)
            if isinstance(answer, Denied):
                error = Refused(answer.refusals)
                texts = (str(error), repr(error), repr(answer), error.message("en"), error.message("zh"))

                assert [] == [text for text in texts if MARKER in text]

    assert MARKER not in caplog.text


@pytest.mark.rule("A-05", "P-02")
def test_the_same_name_is_refused_without_repeating_it():
    """The refusal names the customer's id."""
    scene = Scene().potential(name=f"{MARKER}有限公司")

    with pytest.raises(Refused) as error:
        scene.when(register(id="C2", name=f"{MARKER}有限公司"), by=WANG)

    assert MARKER not in str(error.value) + repr(error.value) + error.value.message("zh")


@pytest.mark.rule("A-05")
@pytest.mark.parametrize("cls", COMMANDS.values(), ids=lambda cls: cls.__name__)
def test_what_cannot_be_read_is_not_repeated(cls):
    """Values of a wrong type, too long, or with a bad character, in each field and inside of each."""
    for attribute in attrs.fields(cls):
        for wrong in (LONG_MARKER, f"{MARKER}\0", {MARKER: MARKER}, [MARKER], [{"name": [MARKER]}], 1.5):
            with pytest.raises(Invalid) as error:
                read(cls, {attribute.name: wrong, "nothing": 1})

            assert MARKER not in str(error.value) + repr(error.value) + error.value.message("zh")


@pytest.mark.rule("A-05")
@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_what_cannot_be_made_is_not_repeated(cls):
    """Nor when objects are made by a program with values that are too long or cannot be stored."""
    for attribute in attrs.fields(cls):
        for wrong in (LONG_MARKER, f"{MARKER}\0"):
            values = {
                one.name: _FORMED.get(one.name) or value_of(one.type, personal=False) for one in attrs.fields(cls)
            }
            shown = ""
            try:
                cls(**{**values, attribute.name: wrong})
            except CrmError as error:
                shown = str(error) + repr(error) + error.message("zh")

            assert MARKER not in shown


@pytest.mark.rule("A-05", "D-06", "F-05")
@pytest.mark.parametrize(
    "make",
    [lambda: ChangeContact("C1", MARKER, ContactDetails("x")), lambda: record(corrects=MARKER)],  # type: ignore[arg-type]
    ids=["contact", "follow-up"],
)
def test_a_number_that_is_none_is_not_repeated(make):
    """A program that gives a text for a number is told so, without the text."""
    scene = Scene().potential(contacts=(ContactDetails("x"),))

    with pytest.raises(CrmError) as error:
        scene.when(make(), by=LI)

    assert MARKER not in str(error.value) + repr(error.value)


@pytest.mark.rule("A-05")
def test_nothing_is_logged(caplog):
    """A whole life of a customer leaves no word in any log."""
    with caplog.at_level(logging.NOTSET):
        scene = Scene().formal(contacts=(ContactDetails(MARKER),)).given(record(content=MARKER), by=LI)
        scene.given(ChangeProfile("C1", address=MARKER), by=LI).refused(ChangeProfile("C1", address=""), by=LI)
        scene.crm.sweep()
        assert [] == list(scene.crm.verify())

    assert MARKER not in caplog.text
    assert NAME not in caplog.text


@pytest.mark.rule("A-05")
def test_the_standard_commands_show_no_personal_data():
    """The commands of the other tests are full of it too."""
    for command in EACH:
        assert NAME not in repr(command)
        assert "经理" not in repr(command)
