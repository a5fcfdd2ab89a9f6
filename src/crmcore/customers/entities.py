"""A customer: profile, contacts and stage, and the little that rules must remember beside them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from attrs import field, frozen

from crmcore.customers.file import EMPTY_FILE, File, Needs
from crmcore.customers.stages import Intent, Merged, NextAction, Potential, Stage, Standing
from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.quick import evolver, maker, quick
from crmcore.kernel.validators import Text

SHORT_TEXT = Text()

#: What a custom field holds: decimals and dates as ISO text.
CustomValue = str | int | bool


@frozen
class Profile:
    """Who the customer is (D-02); what says something of a person does not show in ``repr``.

    ``other_phones`` are those of records that were merged into this one (M-06).
    """

    name: str = field(repr=False, metadata=PERSONAL)
    kind: Literal["enterprise", "individual"] = "enterprise"
    region: str | None = None
    country: str | None = None
    industry: str | None = None
    industry_note: str | None = field(default=None, repr=False, metadata=PERSONAL)
    address: str | None = field(default=None, repr=False, metadata=PERSONAL)
    phone: str | None = field(default=None, repr=False, metadata=PERSONAL)
    fax: str | None = field(default=None, repr=False, metadata=PERSONAL)
    email: str | None = field(default=None, repr=False, metadata=PERSONAL)
    website: str | None = field(default=None, repr=False, metadata=PERSONAL)
    size: str | None = None
    introduction: str | None = field(default=None, repr=False, metadata=PERSONAL)
    source: str | None = None
    mobile: str | None = field(default=None, repr=False, metadata=PERSONAL)
    postcode: str | None = field(default=None, repr=False, metadata=PERSONAL)
    credit_code: str | None = field(default=None, repr=False, metadata=PERSONAL)
    tax_id: str | None = field(default=None, repr=False, metadata=PERSONAL)
    fields: Mapping[str, CustomValue] = field(factory=dict, repr=False, metadata=PERSONAL)
    other_phones: tuple[str, ...] = field(default=(), repr=False, metadata=PERSONAL)


@frozen
class ContactDetails:
    """A person at the customer's: how to reach them, their part in decisions, and what they prefer (D-06)."""

    name: str = field(validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    position: str | None = field(default=None, validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    mobile: str | None = field(default=None, validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    phone: str | None = field(default=None, validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    email: str | None = field(default=None, validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    address: str | None = field(default=None, validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    decision_role: str | None = field(default=None, validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    main: bool = False
    preferred_channel: str | None = field(default=None, validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    payment_terms: str | None = field(default=None, validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    fields: Mapping[str, Any] = field(factory=dict, repr=False, metadata=PERSONAL)


@frozen
class Participant:
    """Who else took part in a follow-up, and as what."""

    name: str = field(validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    role: str | None = field(default=None, validator=SHORT_TEXT, repr=False, metadata=PERSONAL)


@frozen
class Contact:
    """A contact on record; ``number`` counts from 1 within the customer. Nobody is deleted: who left is inactive.

    ``erased`` is one of whom nothing personal is left (A-03).
    """

    number: int
    details: ContactDetails
    active: bool = True
    erased: bool = False


@quick
@frozen(weakref_slot=False)
class CoolDown:
    """Who may not protect the customer again before ``until`` (P-08); a person, or a team where policy says so."""

    who: str
    until: datetime
    team: bool = False


#: Faster than calling the classes.
_make_cool_down = maker(CoolDown)


@frozen
class Absorption:
    """A record that was merged into this customer, and what came from it: enough to take it out again (M-06).

    ``taken`` names the fields of the profile that come from there (``fields.NAME`` for custom ones). The counts say how
    much was added at the end of each list. ``last_contact_at``, ``signed_on``, ``last_trade_on``, ``needs`` and
    ``held_since`` are the customer's own, from before. Nothing has been built upon the merge while the customer is of
    this ``version``.
    """

    record: str
    at: datetime
    version: int
    taken: tuple[str, ...] = ()
    other_phones: int = 0
    contacts: int = 0
    follow_ups: int = 0
    actions: int = 0
    cool_downs: int = 0
    contacted_by: int = 0
    contracts: int = 0
    last_contact_at: datetime | None = None
    signed_on: date | None = None
    last_trade_on: date | None = None
    attachments: int = 0
    consents: int = 0
    needs: Needs | None = None
    held_since: datetime | None = None


@quick
@frozen(weakref_slot=False)
class Customer:
    """A customer on record. ``version`` is the number of its events, ``last_at`` the time of the last one.

    ``pool`` is the pool it falls into, ``policy`` the stamp of the policy that decided the last event. ``signed_on``
    is the day of its first contract, ``last_trade_on`` of the latest: who has ever signed stays formal in all
    reports (P-11). ``merges`` are the records merged into it, in the order in which they were.
    """

    id: str
    version: int
    last_at: datetime
    policy: str
    stage: Standing | Merged
    number: str
    registered_by: str
    registered_at: datetime
    pool: str
    profile: Profile
    contacts: tuple[Contact, ...] = ()
    cool_downs: tuple[CoolDown, ...] = ()
    follow_ups: int = 0
    actions: tuple[NextAction, ...] = ()
    last_contact_at: datetime | None = None
    signed_on: date | None = None
    last_trade_on: date | None = None
    contracts: int = 0
    merges: tuple[Absorption, ...] = ()
    file: File = EMPTY_FILE

    @property
    def owner(self) -> str | None:
        """Whose customer it is; None in the pool, and once it is merged."""
        return self.stage.owner

    @property
    def deadline(self) -> datetime | None:
        """When its protection is due to end; None where there is none."""
        return self.stage.deadline if isinstance(self.stage, Potential | Intent) else None

    def contact(self, number: int) -> Contact | None:
        """The contact with that number."""
        return next((contact for contact in self.contacts if contact.number == number), None)

    def absorption(self, record: str) -> Absorption:
        """What came from a record that is merged into this customer."""
        return next(one for one in self.merges if one.record == record)


_evolved = evolver(Customer)


def changed(customer: Customer, stage: Stage, at: datetime, policy: str, **changes: Any) -> Customer:
    """The customer one event later: in ``stage``, with these of its other fields changed."""
    return _evolved(customer, version=customer.version + 1, last_at=at, policy=policy, stage=stage, **changes)
