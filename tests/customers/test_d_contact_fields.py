"""Fields a host declares for contacts (D-09)."""

from typing import Any

import pytest

from crmcore import CRM, Actor
from crmcore.customers import AddContact, ChangeContact, ContactDetails, Protect
from tests.customers.scene import LI, MANAGER, Scene, follow_up, register

DECLARED = {
    "customers.contact_fields": [
        {"name": "birthday", "type": "date", "required": True},
        {"name": "level", "type": "choice", "choices": ["gold", "silver"]},
    ]
}


def person(**fields: Any) -> ContactDetails:
    """A contact with these fields."""
    return ContactDetails("甲某", fields=fields)


@pytest.mark.rule("D-09")
@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"birthday": "1990-2-3"}, "birthday", "a date such as 2026-03-01"),
        ({"birthday": "1990-02-03", "level": "bronze"}, "level", "one of gold, silver"),
        ({"birthday": "1990-02-03", "x": 1}, "(unknown)", "one of birthday, level"),
        ({"level": "gold"}, "birthday", "a date such as 2026-03-01"),
        ({"birthday": ""}, "birthday", "a date such as 2026-03-01"),
    ],
)
def test_every_way_to_give_a_contact_checks_its_fields(fields, name, expected):
    """With a registration, with a claim, added and changed; what is required must be there with each contact."""
    scene = Scene(DECLARED).given(register(contacts=(person(birthday="1990-02-03"),), into="pool"), by=MANAGER)
    ways = [
        (register(id="C2", name="宁波皓禾食品有限公司", contacts=(person(**fields),)), LI),
        (Protect("C1", contact=person(**fields), follow_up=follow_up()), LI),
        (AddContact("C1", person(**fields)), LI),
        (ChangeContact("C1", 1, person(**fields)), LI),
    ]
    for command, by in ways:
        told = [one.params for one in scene.refusals(command, by=by) if one.code == "custom-field"]

        assert [{"field": f"contact.fields.{name}", "expected": expected}] == told, command.do


@pytest.mark.rule("D-09")
def test_they_are_stored_with_the_contact_and_apart_from_the_log(tmp_path):
    """Read back as they were given, by whoever opens the storage again; personal as all of a contact is."""
    given = {"birthday": "1990-02-03", "level": "gold"}
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with CRM.open(url, overrides=DECLARED) as crm:
        crm.handle(register(id="C1", contacts=(person(**given),)), actor=Actor("li", roles={"pre-sales"}))
    with CRM.open(url) as crm:
        [contact] = crm.customer("C1").contacts
        problems = list(crm.verify())
        with crm.store.begin() as uow:
            log = b"".join(event.body for event in uow.read_events(0, 10))

    assert (given, []) == (contact.details.fields, problems)
    assert b"1990-02-03" not in log
    assert "1990" not in repr(contact)
