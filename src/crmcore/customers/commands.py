"""What people ask for. A command is checked for form when it is made; whether it passes is the lifecycle's business.

Every command but ``Register`` names the customer it is about. Fields that say something of a person do not show in
``repr``.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Literal

import attrs
from attrs import field

from crmcore.customers.entities import SHORT_TEXT, ContactDetails, Participant
from crmcore.kernel.ids import Id
from crmcore.kernel.personal import PERSONAL
from crmcore.kernel.refusals import Label
from crmcore.kernel.times import Instant
from crmcore.kernel.validators import LONG, Day, OneOf, Text, Tuple, Whole

LONG_TEXT = Text(LONG)
#: The number of something on record; one that is not there is refused, not faulty.
A_NUMBER = Whole(-(2**31), 2**31)
EACH_AN_ID: Callable[[Any, Any, Any], None] = attrs.validators.deep_iterable(Id(), Tuple())


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Command:
    """The base of every command: what it is called on the wire (kebab-case of the class), and by people."""

    do: ClassVar[str] = ""
    label: ClassVar[Label]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Name the command after its class."""
        super().__init_subclass__(**kwargs)
        cls.do = _kebab(cls.__name__)

    @property
    def variant(self) -> str:
        """The name under which a policy grants the right to give it."""
        return self.do


@attrs.frozen(kw_only=True)
class FollowUp:
    """One interaction (F-01). ``held_at`` defaults to the moment of recording, ``next_action_by`` to the author."""

    channel: str = field(validator=SHORT_TEXT)
    content: str = field(validator=LONG_TEXT, repr=False, metadata=PERSONAL)
    next_contact_at: datetime | None = field(default=None, validator=Instant())
    next_action: str | None = field(default=None, validator=LONG_TEXT, repr=False, metadata=PERSONAL)
    next_action_by: str | None = field(default=None, validator=Id())
    held_at: datetime | None = field(default=None, validator=Instant())
    feedback: str | None = field(default=None, validator=LONG_TEXT, repr=False, metadata=PERSONAL)
    response: str | None = field(default=None, validator=LONG_TEXT, repr=False, metadata=PERSONAL)
    participants: tuple[Participant, ...] = ()


@attrs.frozen
class Register(Command):
    """Put a new customer on record (P-01): protected by who registers it, or into a pool.

    ``reason`` says why it is another customer than a similar one on record, where policy asks for that (M-03).
    """

    label: ClassVar[Label] = Label("register", "登记客户")
    name: str = field(validator=SHORT_TEXT, repr=False)
    kind: Literal["enterprise", "individual"] = field(
        default="enterprise", validator=OneOf(("enterprise", "individual"))
    )
    into: Literal["potential", "pool"] = field(default="potential", validator=OneOf(("potential", "pool")))
    id: str | None = field(default=None, validator=Id())
    pool: str | None = field(default=None, validator=SHORT_TEXT)
    region: str | None = field(default=None, validator=SHORT_TEXT)
    country: str | None = field(default=None, validator=SHORT_TEXT)
    industry: str | None = field(default=None, validator=SHORT_TEXT)
    industry_note: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    address: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    phone: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    fax: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    email: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    website: str | None = field(default=None, validator=SHORT_TEXT)
    size: str | None = field(default=None, validator=SHORT_TEXT)
    introduction: str | None = field(default=None, validator=LONG_TEXT, repr=False)
    source: str | None = field(default=None, validator=SHORT_TEXT)
    mobile: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    postcode: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    credit_code: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    tax_id: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    contacts: tuple[ContactDetails, ...] = ()
    fields: Mapping[str, Any] = field(factory=dict, repr=False)
    reason: str | None = field(default=None, validator=LONG_TEXT, repr=False)

    @property
    def variant(self) -> str:
        """Registering into a pool is another right than registering for oneself."""
        return "register" if self.into == "potential" else "register-into-pool"


@attrs.frozen
class OfCustomer(Command):
    """The base of every command about a customer on record."""

    customer: str = field(validator=Id())


@attrs.frozen
class ChangeProfile(OfCustomer):
    """Correct or complete a profile; what is not named stays. ``fields`` changes the custom fields named in it.

    ``reason`` says why it is another customer than a similar one on record, where policy asks for that (M-03).
    """

    label: ClassVar[Label] = Label("change the profile", "修改资料")
    name: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    region: str | None = field(default=None, validator=SHORT_TEXT)
    country: str | None = field(default=None, validator=SHORT_TEXT)
    industry: str | None = field(default=None, validator=SHORT_TEXT)
    industry_note: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    address: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    phone: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    fax: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    email: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    website: str | None = field(default=None, validator=SHORT_TEXT)
    size: str | None = field(default=None, validator=SHORT_TEXT)
    introduction: str | None = field(default=None, validator=LONG_TEXT, repr=False)
    source: str | None = field(default=None, validator=SHORT_TEXT)
    mobile: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    postcode: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    credit_code: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    tax_id: str | None = field(default=None, validator=SHORT_TEXT, repr=False)
    fields: Mapping[str, Any] = field(factory=dict, repr=False)
    reason: str | None = field(default=None, validator=LONG_TEXT, repr=False)


@attrs.frozen
class AddContact(OfCustomer):
    """Put one more person at the customer's on record."""

    label: ClassVar[Label] = Label("add a contact", "添加联系人")
    contact: ContactDetails


@attrs.frozen
class ChangeContact(OfCustomer):
    """Replace what is on record of a contact; ``active=False`` for who has left. Nothing is deleted."""

    label: ClassVar[Label] = Label("change a contact", "修改联系人")
    number: int = field(validator=A_NUMBER)
    contact: ContactDetails
    active: bool = True


@attrs.frozen
class Protect(OfCustomer):
    """Claim a customer in the pool; ``contact`` and ``follow_up`` may be given with the claim (P-09)."""

    label: ClassVar[Label] = Label("protect", "申请保护")
    contact: ContactDetails | None = None
    follow_up: FollowUp | None = None


@attrs.frozen
class ApproveProtection(OfCustomer):
    """A reviewer's yes to a new protection (P-10)."""

    label: ClassVar[Label] = Label("approve the protection", "审核通过")


@attrs.frozen
class RefuseProtection(OfCustomer):
    """A reviewer's no to a new protection, with a note (P-10)."""

    label: ClassVar[Label] = Label("refuse the protection", "审核驳回")
    note: str = field(default="", validator=LONG_TEXT, repr=False)


@attrs.frozen
class ResubmitProtection(OfCustomer):
    """The owner asks for another review after a refusal, before the customer becomes public (P-10)."""

    label: ClassVar[Label] = Label("resubmit the protection", "重新提交审核")


@attrs.frozen
class ApplyForIntent(OfCustomer):
    """The owner applies to move the customer from potential to intent (P-05)."""

    label: ClassVar[Label] = Label("apply for intent", "转意向申请")
    reason: str = field(default="", validator=LONG_TEXT, repr=False)


@attrs.frozen
class ApproveIntent(OfCustomer):
    """A reviewer's yes to an intent application (P-05)."""

    label: ClassVar[Label] = Label("approve the intent application", "批准转意向")


@attrs.frozen
class RefuseIntent(OfCustomer):
    """A reviewer's no to an intent application (P-05)."""

    label: ClassVar[Label] = Label("refuse the intent application", "驳回转意向")
    note: str = field(default="", validator=LONG_TEXT, repr=False)


@attrs.frozen
class RequestExtension(OfCustomer):
    """The owner asks for a later deadline (P-06)."""

    label: ClassVar[Label] = Label("request an extension", "时间加权申请")
    reason: str = field(default="", validator=LONG_TEXT, repr=False)


@attrs.frozen
class ApproveExtension(OfCustomer):
    """A reviewer's yes to an extension request (P-06)."""

    label: ClassVar[Label] = Label("approve the extension", "批准延期")


@attrs.frozen
class RefuseExtension(OfCustomer):
    """A reviewer's no to an extension request (P-06)."""

    label: ClassVar[Label] = Label("refuse the extension", "驳回延期")
    note: str = field(default="", validator=LONG_TEXT, repr=False)


@attrs.frozen
class Abandon(OfCustomer):
    """The owner gives the customer back to the pool (P-08)."""

    label: ClassVar[Label] = Label("abandon", "放弃")
    reason: str = field(default="", validator=LONG_TEXT, repr=False)


@attrs.frozen(kw_only=True)
class RecordFollowUp(FollowUp, Command):
    """Record one interaction (F-01); ``corrects`` is the number of the follow-up it puts right (F-05)."""

    label: ClassVar[Label] = Label("record a follow-up", "记录跟进")
    customer: str = field(validator=Id())
    corrects: int | None = field(default=None, validator=A_NUMBER)


@attrs.frozen
class Sign(OfCustomer):
    """Confirm a signed contract (P-11); ``signed_on`` defaults to the day of the command."""

    label: ClassVar[Label] = Label("sign a contract", "签订合同")
    contract: str = field(validator=SHORT_TEXT)
    signed_on: date | None = field(default=None, validator=Day())


@attrs.frozen
class HandOver(OfCustomer):
    """Hand a formal customer over to an after-sales person (P-12)."""

    label: ClassVar[Label] = Label("hand over", "移交售后")
    to: str = field(validator=Id())
    teams: tuple[str, ...] = field(default=(), validator=EACH_AN_ID)
    reason: str = field(default="", validator=LONG_TEXT, repr=False)


@attrs.frozen
class AcceptHandOver(OfCustomer):
    """The after-sales person confirms having taken the customer over (P-12)."""

    label: ClassVar[Label] = Label("accept the handover", "确认接收")


@attrs.frozen
class Transfer(OfCustomer):
    """A manager gives a protected customer to another owner (P-14); ``teams`` are the new owner's."""

    label: ClassVar[Label] = Label("transfer", "转移")
    to: str = field(validator=Id())
    teams: tuple[str, ...] = field(default=(), validator=EACH_AN_ID)
    reason: str = field(default="", validator=LONG_TEXT, repr=False)


@attrs.frozen
class ReassignActions(OfCustomer):
    """A manager gives what one person still has to do about a customer to another (P-15)."""

    label: ClassVar[Label] = Label("reassign open actions", "转交待办")
    of: str = field(validator=Id())
    to: str = field(validator=Id())


@attrs.frozen
class Release(OfCustomer):
    """A manager gives a formal customer back to the pool (P-13)."""

    label: ClassVar[Label] = Label("release", "释放")
    reason: str = field(default="", validator=LONG_TEXT, repr=False)


@attrs.frozen
class Rebase(OfCustomer):
    """A manager has a deadline counted anew under the policy in force; no policy change does so by itself (P-22)."""

    label: ClassVar[Label] = Label("rebase the deadline", "按现行策略重算期限")


@attrs.frozen
class Lock(OfCustomer):
    """A manager keeps a protected customer from falling by expiry (P-17)."""

    label: ClassVar[Label] = Label("lock", "锁定")


@attrs.frozen
class Unlock(OfCustomer):
    """A manager lifts a lock (P-17)."""

    label: ClassVar[Label] = Label("unlock", "解锁")


@attrs.frozen
class Merge(OfCustomer):
    """Merge the customer into another, which survives with all that both had (M-06).

    ``decided``: a supervisor has decided that ``into`` survives, where two people protect the two, or the other way
    round would be the rule because this one was entered first.
    """

    label: ClassVar[Label] = Label("merge", "合并")
    into: str = field(validator=Id())
    reason: str = field(default="", validator=LONG_TEXT, repr=False)
    decided: bool = False

    @property
    def variant(self) -> str:
        """To decide between two records is another right than to merge where policy tells which survives."""
        return "merge-decided" if self.decided else self.do


@attrs.frozen
class UndoMerge(OfCustomer):
    """Take the customer out again of the one it was merged into, while nothing has been built upon that (M-06)."""

    label: ClassVar[Label] = Label("undo the merge", "撤销合并")
    reason: str = field(default="", validator=LONG_TEXT, repr=False)


COMMANDS: Mapping[str, type[Command]] = {
    cls.do: cls
    for cls in (
        Register,
        ChangeProfile,
        AddContact,
        ChangeContact,
        RecordFollowUp,
        ReassignActions,
        Protect,
        ApproveProtection,
        RefuseProtection,
        ResubmitProtection,
        ApplyForIntent,
        ApproveIntent,
        RefuseIntent,
        RequestExtension,
        ApproveExtension,
        RefuseExtension,
        Abandon,
        Sign,
        HandOver,
        AcceptHandOver,
        Transfer,
        Rebase,
        Release,
        Lock,
        Unlock,
        Merge,
        UndoMerge,
    )
}
