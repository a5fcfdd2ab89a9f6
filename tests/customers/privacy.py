"""What tests of people's data have in common: persons on record, and how to erase them."""

from typing import Any

from crmcore.customers import AddContact, ContactDetails, Erase, Participant, RecordConsent
from crmcore.kernel.actors import Actor
from tests.customers.scene import LI, Scene, record, register

LEGAL = Actor("fa", roles={"legal"})
PURPOSES = {
    "customers.privacy.purposes": [{"name": "service"}, {"name": "marketing", "bases": ["consent"], "days": 30}]
}

ANNA = ContactDetails("安娜", position="采购", mobile="13900001111", phone="0523-86660001", email="anna@example.com")
BOB = ContactDetails("鲍勃", mobile="13900002222", email="bob@example.com", address="示例路9号")


def firm(overrides: dict[str, Any] | None = None, **profile: Any) -> Scene:
    """An enterprise of Li's with Anna, whom a follow-up names, and Bob."""
    scene = Scene({**PURPOSES, **(overrides or {})}).potential(contacts=(ANNA, BOB), **profile)
    people = (Participant("安娜", "采购"), Participant("鲍勃"), Participant("陈工"))
    text = "安娜（+86 139-0000-1111，Anna@Example.com）转告鲍勃：可以试用"
    return scene.given(record(content=text, participants=people, feedback="安 娜很满意"), by=LI)


def person(overrides: dict[str, Any] | None = None, **profile: Any) -> Scene:
    """An individual of Li's, with a follow-up."""
    known = {"name": "欧阳小满", "kind": "individual", "phone": "13912345678", "email": "xm@example.com", **profile}
    scene = Scene({**PURPOSES, **(overrides or {})}).given(register(**known), by=LI)
    return scene.given(record(content="欧阳小满想要两台"), AddContact("C1", BOB), by=LI)


def erase(customer: str = "C1", **whom: Any) -> Erase:
    """An erasure that was asked for."""
    return Erase(**{"customer": customer, "reason": "应本人要求", **whom})


def consent(**fields: Any) -> RecordConsent:
    """A consent to service, by the first contact unless told otherwise."""
    return RecordConsent(**{"customer": "C1", "purpose": "service", "contact": 1, **fields})
