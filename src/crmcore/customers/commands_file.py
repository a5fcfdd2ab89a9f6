"""What people ask for about a customer's file: needs, attachments, consents, legal holds, erasure."""

from datetime import datetime
from typing import ClassVar

import attrs
from attrs import field

from crmcore.customers.commands_base import A_NUMBER, LONG_TEXT, Command, OfCustomer
from crmcore.customers.entities import SHORT_TEXT
from crmcore.customers.file import Digest, Needs, Uri
from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.refusals import Label
from crmcore.kernel.times import Instant
from crmcore.kernel.validators import OneOf, Tuple, Whole
from crmcore.people import BASES, Basis

_EACH_A_NUMBER = attrs.validators.deep_iterable(A_NUMBER, Tuple())


@attrs.frozen
class RecordNeeds(OfCustomer):
    """Put on record what the customer needs, in place of what stood there; the history keeps that (D-07)."""

    label: ClassVar[Label] = Label("record the needs", "记录需求")
    needs: Needs


@attrs.frozen(kw_only=True)
class AddAttachment(OfCustomer):
    """Put a reference to something the host keeps on record (D-10): what it is and where, never the bytes.

    ``contact`` is the number of the contact it is about, if it is about one.
    """

    label: ClassVar[Label] = Label("add an attachment", "添加附件")
    name: str = field(validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    kind: str = field(validator=SHORT_TEXT)
    size: int = field(validator=Whole(0, 2**53))
    digest: str = field(validator=Digest(), repr=False, metadata=PERSONAL)
    uri: str = field(validator=Uri(), repr=False, metadata=PERSONAL)
    contact: int | None = field(default=None, validator=A_NUMBER)


@attrs.frozen
class RetireAttachment(OfCustomer):
    """Mark an attachment as no longer in use; it stays on record (D-10)."""

    label: ClassVar[Label] = Label("retire an attachment", "停用附件")
    number: int = field(validator=A_NUMBER)


@attrs.frozen(kw_only=True)
class RecordConsent(OfCustomer):
    """Put on record for what a person's data may be used, and on what basis (A-03).

    ``contact`` None is the customer itself, where that is a person. ``given_at`` is now unless it was earlier;
    ``until`` follows from the policy unless given.
    """

    label: ClassVar[Label] = Label("record a consent", "登记个人信息使用依据")
    purpose: str = field(validator=SHORT_TEXT)
    contact: int | None = field(default=None, validator=A_NUMBER)
    basis: Basis = field(default="consent", validator=OneOf(BASES))
    given_at: datetime | None = field(default=None, validator=Instant())
    until: datetime | None = field(default=None, validator=Instant())
    evidence: str | None = field(default=None, validator=SHORT_TEXT, repr=False, metadata=PERSONAL)


@attrs.frozen(kw_only=True)
class WithdrawConsent(OfCustomer):
    """Take back what was given for a purpose, from now on (A-03)."""

    label: ClassVar[Label] = Label("withdraw a consent", "撤回个人信息使用依据")
    purpose: str = field(validator=SHORT_TEXT)
    contact: int | None = field(default=None, validator=A_NUMBER)


@attrs.frozen
class PlaceHold(OfCustomer):
    """Keep a customer's data from being erased, because a law or a lawsuit asks for it (A-03)."""

    label: ClassVar[Label] = Label("place a legal hold", "设置法务保全")
    reason: str = field(default="", validator=LONG_TEXT, repr=False)


@attrs.frozen
class LiftHold(OfCustomer):
    """End a legal hold (A-03)."""

    label: ClassVar[Label] = Label("lift the legal hold", "解除法务保全")
    reason: str = field(default="", validator=LONG_TEXT, repr=False)


@attrs.frozen(kw_only=True)
class Erase(OfCustomer):
    """Erase a person: an individual as a whole, a contact by number, or a participant of follow-ups by name (A-03).

    What is personal is blanked in state and history alike and cannot be brought back; stages, dates and figures stay.
    Where the name, numbers or addresses of a contact or participant stand in texts, they are struck out;
    ``follow_ups`` are the numbers of follow-ups whose texts go as a whole.
    """

    label: ClassVar[Label] = Label("erase a person", "抹除个人信息")
    reason: str = field(default="", validator=LONG_TEXT, repr=False)
    contact: int | None = field(default=None, validator=A_NUMBER)
    participant: str | None = field(default=None, validator=SHORT_TEXT, repr=False, metadata=PERSONAL)
    follow_ups: tuple[int, ...] = field(default=(), validator=_EACH_A_NUMBER)


FILE_COMMANDS: tuple[type[Command], ...] = (
    RecordNeeds,
    AddAttachment,
    RetireAttachment,
    RecordConsent,
    WithdrawConsent,
    PlaceHold,
    LiftHold,
    Erase,
)
