"""The numbers and choices of the customer rules, as data. Every default is the field's own (or ours where it has none).

Days are calendar days in the policy's time zone unless a field says working days.
"""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Literal

import attrs
from attrs import field, frozen

from crmcore.errors import Fault, Invalid
from crmcore.kernel.actors import Authorise, Right, right
from crmcore.kernel.calendar import Calendar, Weekdays
from crmcore.kernel.entities import MOST_TEXT
from crmcore.kernel.ids import Numbering
from crmcore.kernel.validators import Whole
from crmcore.matching import MatchingPolicy
from crmcore.matching.policy import DEFAULT_POLICY
from crmcore.people import MaySee, PrivacyPolicy, Sight, SightPolicy

_DAYS = Whole(0, 3650)
_AT_LEAST_ONE_DAY = Whole(1, 3650)
_COUNT = Whole(0, 1_000_000)

DEFAULT_POOL = "public"
LONGEST_NAME = 40


@frozen
class ProfilePolicy:
    """What must be on record of a customer (D-01 … D-05).

    Custom fields may be required by name as well. An individual needs at least one of ``one_of_individual``.
    ``formats`` says which form phones, postcodes and e-mail addresses must have; codes with check digits are always
    checked.
    """

    required_enterprise: tuple[str, ...] = ("name", "address", "industry", "phone", "introduction")
    required_individual: tuple[str, ...] = ("name",)
    one_of_individual: tuple[str, ...] = ()
    formats: Literal["any", "china"] = "any"
    full_name: bool = True
    number_prefix: str = "KH-"
    number_width: int = field(default=6, validator=Whole(1, 18))


@frozen
class ProtectionPolicy:
    """How long a protection lasts (P-03, P-04), and what moves its deadline (P-14, precedence with activity)."""

    potential_days: int = field(default=30, validator=_AT_LEAST_ONE_DAY)
    intent_days: int = field(default=15, validator=_AT_LEAST_ONE_DAY)
    end_of_day: bool = False
    on_transfer: Literal["stays", "restarts"] = "stays"
    activity_days: int = field(default=0, validator=_DAYS)
    hard_cap_days: int = field(default=0, validator=_DAYS)


@frozen
class RequestPolicy:
    """Intent applications and extension requests (P-05 … P-07)."""

    intent_approval: Literal["reviewer", "automatic"] = "reviewer"
    extensions_per_stage: int = field(default=1, validator=_COUNT)
    potential_extension_days: int = field(default=15, validator=_AT_LEAST_ONE_DAY)
    intent_extension_days: int = field(default=7, validator=_AT_LEAST_ONE_DAY)
    hold_working_days: int = field(default=3, validator=_DAYS)
    own_decision: bool = False


@frozen
class CoolDownPolicy:
    """How long who lost a customer must wait before protecting it again (P-08)."""

    abandon_days: int = field(default=3, validator=_DAYS)
    expiry_days: int = field(default=0, validator=_DAYS)
    team: bool = False


@frozen
class ClaimPolicy:
    """What a claim needs (P-09)."""

    contact: bool = True
    follow_up: bool = True


@frozen
class ReviewPolicy:
    """Review of new protections (P-10); a refused one becomes public after ``public_working_days``, at once with 0."""

    required: bool = False
    working_days: int = field(default=3, validator=_DAYS)
    public_working_days: int = field(default=3, validator=_DAYS)


@frozen
class LimitPolicy:
    """How much one person may hold and claim (P-16); None is no limit. Formal customers never count."""

    potential: int | None = field(default=None, validator=_COUNT)
    intent: int | None = field(default=None, validator=_COUNT)
    total: int | None = field(default=None, validator=_COUNT)
    count_signed: bool = False
    claims_per_day: int | None = field(default=None, validator=_COUNT)
    claim_interval_minutes: int | None = field(default=None, validator=_COUNT)

    @property
    def any(self) -> bool:
        """Whether any limit is set at all."""
        limits = (self.potential, self.intent, self.total, self.claims_per_day, self.claim_interval_minutes)
        return any(limit is not None for limit in limits)


@frozen
class LockPolicy:
    """How many customers an owner may have locked (P-17); 0 switches locking off."""

    per_owner: int = field(default=0, validator=_COUNT)


#: What may tell which of two records survives a merge.
Criterion = Literal["formal", "protected", "earliest"]


@frozen
class MergePolicy:
    """Which of two records survives a merge (M-06): by the first criterion in which they differ.

    ``formal``: who has a contract in force; ``protected``: who has an owner; ``earliest``: who was entered first.
    """

    survivor: tuple[Criterion, ...] = ("formal", "protected", "earliest")


@frozen
class FollowUpPolicy:
    """What a follow-up needs (F-01). Channels are codes; an empty list takes any."""

    channels: tuple[str, ...] = (
        "phone",
        "visit",
        "e-mail",
        "online",
        "event",
        "meeting",
        "message",
        "wechat",
        "letter",
        "exhibition",
        "other",
    )
    next_contact_when_potential: bool = True


@frozen
class AgendaPolicy:
    """How far an agenda looks ahead (P-18, F-02); every open next action is in it unless ``upcoming_days`` is set."""

    reminder_days: int = field(default=7, validator=_DAYS)
    upcoming_days: int | None = field(default=None, validator=_DAYS)


FieldType = Literal["text", "integer", "decimal", "boolean", "date", "choice"]


@frozen
class CustomField:
    """A typed field the host adds to a customer or a contact (D-09).

    Those of a customer that are ``indexed`` can be searched like built-in ones.
    """

    name: str
    type: FieldType = "text"
    required: bool = False
    indexed: bool = False
    choices: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse a name no column could have, and choices where there is nothing to choose."""
        faults: list[Fault] = []
        if not (
            self.name.isascii() and self.name.isidentifier() and self.name.islower() and len(self.name) <= LONGEST_NAME
        ):
            faults.append(Fault("name", "not-allowed", f"a lower-case identifier of at most {LONGEST_NAME} characters"))
        if (self.type == "choice") != bool(self.choices):
            faults.append(Fault("choices", "not-allowed", "choices for the type choice, and only there"))
        if self.indexed and any(len(choice) > MOST_TEXT for choice in self.choices):
            faults.append(Fault("choices", "too-long", f"at most {MOST_TEXT} characters"))
        if self.indexed and self.type == "decimal":
            faults.append(Fault("indexed", "not-allowed", "an indexed field of another type than decimal"))
        if faults:
            raise Invalid(faults)


@frozen
class CustomerPolicy:
    """All that the customer rules leave open."""

    profile: ProfilePolicy = ProfilePolicy()
    protection: ProtectionPolicy = ProtectionPolicy()
    requests: RequestPolicy = RequestPolicy()
    cool_down: CoolDownPolicy = CoolDownPolicy()
    claim: ClaimPolicy = ClaimPolicy()
    review: ReviewPolicy = ReviewPolicy()
    limits: LimitPolicy = LimitPolicy()
    locks: LockPolicy = LockPolicy()
    merge: MergePolicy = MergePolicy()
    follow_ups: FollowUpPolicy = FollowUpPolicy()
    agenda: AgendaPolicy = AgendaPolicy()
    privacy: PrivacyPolicy = field(factory=PrivacyPolicy)
    sight: SightPolicy = field(factory=SightPolicy)
    pools: tuple[str, ...] = (DEFAULT_POOL,)
    custom_fields: tuple[CustomField, ...] = ()
    contact_fields: tuple[CustomField, ...] = ()
    rights: Mapping[str, tuple[str, ...]] = field(factory=dict)


@frozen
class CustomerRules:
    """A customer policy in force: bound to its zone and working calendar, its rights ready to be asked."""

    profile: ProfilePolicy
    protection: ProtectionPolicy
    requests: RequestPolicy
    cool_down: CoolDownPolicy
    claim: ClaimPolicy
    review: ReviewPolicy
    limits: LimitPolicy
    locks: LockPolicy
    merge: MergePolicy
    follow_ups: FollowUpPolicy
    agenda: AgendaPolicy
    privacy: PrivacyPolicy
    sight: SightPolicy
    pools: tuple[str, ...]
    custom_fields: tuple[CustomField, ...]
    contact_fields: tuple[CustomField, ...]
    rights: Mapping[str, Right]
    zone: tzinfo
    calendar: Calendar
    authorise: Authorise | None
    matching: MatchingPolicy = DEFAULT_POLICY
    may_see: MaySee | None = None

    @property
    def seeing(self) -> Sight:
        """Who sees what, and who is told whose a customer is (A-02, P-02)."""
        return Sight(self.sight, self.may_see, right(*self.matching.owner_shown_to))

    @property
    def numbering(self) -> Numbering:
        """How customer numbers look (D-01)."""
        return Numbering(self.profile.number_prefix, self.profile.number_width)


def in_force(
    policy: CustomerPolicy,
    zone: tzinfo,
    calendar: Calendar | None = None,
    authorise: Authorise | None = None,
    matching: MatchingPolicy | None = None,
    may_see: MaySee | None = None,
) -> CustomerRules:
    """Bind a policy to what it is asked with; the calendar is Monday to Friday unless given."""
    sections = {attribute.name: getattr(policy, attribute.name) for attribute in attrs.fields(CustomerPolicy)}
    sections["rights"] = {name: right(*words) for name, words in policy.rights.items()}
    return CustomerRules(
        **sections,
        zone=zone,
        calendar=calendar or Weekdays(),
        authorise=authorise,
        matching=matching or DEFAULT_POLICY,
        may_see=may_see,
    )
