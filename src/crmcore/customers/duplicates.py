"""Records alike: who a customer is to the room of matching, and what an analysis found (P-02, M-02, M-03)."""

from collections.abc import Container, Iterable

import attrs
from attrs import frozen

from crmcore.customers.commands import ChangeProfile, Register
from crmcore.customers.entities import Contact, ContactDetails, Customer, Profile
from crmcore.customers.profiles import changed_profile, new_profile
from crmcore.customers.seen import StageSeen, onlooker, stage_seen
from crmcore.kernel.actors import Actor
from crmcore.kernel.refusals import Label
from crmcore.matching import (
    Comparison,
    Hit,
    Identity,
    MatchingPolicy,
    Shared,
    Verdict,
    comparison_texts,
    judge,
    meet,
    parts_of,
)
from crmcore.people import Sight
from crmcore.wording import Language

KEY_LABELS: dict[str, Label] = {
    "full": Label("full name", "全称"),
    "credit_code": Label("credit code", "统一社会信用代码"),
    "tax_id": Label("tax id", "税号"),
    "phone": Label("phone", "电话"),
    "email": Label("e-mail", "邮箱"),
    "domain": Label("web domain", "网站域名"),
    "core": Label("brand and trade", "字号与行业"),
    "brand": Label("brand", "字号"),
    "del": Label("brand but for one character", "字号（差一字）"),
    "near": Label("brand but for one character, in the province", "字号（差一字，同省）"),
    "bg": Label("pairs of characters", "相邻两字"),
    "py": Label("pronunciation", "读音"),
}


#: Reasons that leave no room for a decision: two enterprises cannot have one full name, code or tax id.
CERTAIN = frozenset({"same-name", "same-credit-code", "same-tax-id"})
_OUTCOMES = ("same", "similar", "related", "different")


@frozen
class Likeness:
    """How alike a record is, and by what. ``is_alarm`` is a name so much alike that policy has an answer."""

    verdict: Verdict
    comparison: Comparison
    shared: tuple[Shared, ...]
    is_alarm: bool

    @property
    def score(self) -> float:
        """How alike the names are, 0 to 100."""
        return self.comparison.score

    @property
    def is_same(self) -> bool:
        """Whether it is taken for the same customer."""
        return self.verdict.outcome == "same"

    @property
    def is_certain(self) -> bool:
        """Whether it is the same customer whatever anybody has decided."""
        return not CERTAIN.isdisjoint(self.verdict.reasons)

    @property
    def is_same_phone(self) -> bool:
        """Whether it has the phone of somebody who is not taken for another otherwise (L-02)."""
        return not self.is_same and "same-phone" in self.verdict.reasons

    def explained(self, lang: Language = "en") -> tuple[str, ...]:
        """Why it came up, in lines: the keys that agree, then the parts of the names with their points."""
        agree = [KEY_LABELS[index].text(lang) for index in dict.fromkeys(one.by for one in self.shared)]
        head = ("、" if lang == "zh" else ", ").join(agree)
        return (*((head,) if head else ()), *comparison_texts(self.comparison, lang))


@frozen
class Alike(Likeness):
    """A record that may be the same customer, as rules look at it: the customer, whoever asks."""

    customer: Customer = attrs.field(repr=False)


@frozen
class Similar(Likeness):
    """A record that may be the same customer, as one person is told of it: which, whose, how alike, and by what.

    ``owner`` is None in the pool, and for who may not see it; ``owner_hidden`` tells the two apart. ``customer``,
    ``number`` and ``stage`` are None for a person for whom that customer does not exist (L-04): that there is one, and
    how alike it is to what was asked about, is all that such a person is told.
    """

    customer: str | None = None
    number: str | None = None
    stage: StageSeen | None = None
    owner: str | None = None
    owner_hidden: bool = True


def identity_of(customer: Customer) -> Identity | None:
    """Who a customer on record is to be found as; None for nobody: who is erased is no longer to be found."""
    return _identity(customer.profile, customer.contacts) if customer.profile.name else None


def _identity(profile: Profile, contacts: Iterable[Contact | ContactDetails]) -> Identity:
    """Who a customer is by its own data, phones and e-mail addresses of its contacts included."""
    people = [one.details if isinstance(one, Contact) else one for one in contacts]
    phones = [
        profile.phone,
        profile.mobile,
        *profile.other_phones,
        *(phone for one in people for phone in (one.mobile, one.phone)),
    ]
    emails = [profile.email, *(one.email for one in people)]
    return Identity(
        profile.name,
        profile.kind,
        profile.region,
        tuple(dict.fromkeys(phone for phone in phones if phone)),
        tuple(dict.fromkeys(email for email in emails if email)),
        profile.website,
        profile.credit_code,
        profile.tax_id,
    )


def proposed(command: Register | ChangeProfile, customer: Customer | None) -> Identity | None:
    """Who the customer would be after a command; None where that is nobody new, or nobody at all."""
    if isinstance(command, Register):
        nobody = customer is not None or not isinstance(command.name, str) or not command.name.strip()
        return None if nobody else _identity(new_profile(command), command.contacts)
    if customer is None or (command.name is not None and not command.name.strip()):
        return None
    after = _identity(changed_profile(customer.profile, command), customer.contacts)
    return None if after == _identity(customer.profile, customer.contacts) else after


def alike(customer: Customer, hit: Hit, verdict: Verdict, policy: MatchingPolicy) -> Alike:
    """A customer that a hit is of, with what was found; it must be settled."""
    alarm = verdict.outcome == "similar" and hit.comparison.score >= policy.warn
    return Alike(verdict, hit.comparison, hit.shared, alarm, customer)


def told(found: Iterable[Alike], actor: Actor, sight: Sight) -> tuple[Similar, ...]:
    """What one person is told of records alike."""
    return tuple(_told(one, actor, sight) for one in found)


def _told(one: Alike, actor: Actor, sight: Sight) -> Similar:
    customer, who = one.customer, onlooker(one.customer, actor)
    likeness = one.verdict, one.comparison, one.shared, one.is_alarm
    if not sight.knows_of(who):
        return Similar(*likeness)
    hides = customer.owner is not None and not sight.sees_owner(who)
    owner = None if hides else customer.owner
    return Similar(*likeness, customer.id, customer.number, stage_seen(customer.stage), owner, owner_hidden=hides)


def still_told(found: Iterable[Alike], apart: Container[str]) -> tuple[Alike, ...]:
    """Without those in ``apart``, who are decided to be other customers; what is certain is told all the same."""
    return tuple(one for one in found if one.is_certain or one.customer.id not in apart)


def stood_before(hit: Hit, was: Identity, now: Identity, other: Identity, policy: MatchingPolicy) -> bool:
    """Whether a record was as like a customer before a change as it is after, for the same reasons; then it is no news.

    A new name that is more like the record's than the old one is news, however alike the two were.
    """
    before = meet(was, other, policy, hit.id)
    if parts_of(was) == parts_of(now):  # the index knew better how rare what they have in common is
        before = attrs.evolve(before, comparison=hit.comparison)
    elif was.name != now.name and before.comparison.score < hit.comparison.score:
        return False
    old, new = judge(before, policy), judge(hit, policy)
    # Two who meet do not know how many others have their phone.
    known = {*old.reasons, *(("switchboard",) if "same-phone" in old.reasons else ())}
    return known.issuperset(new.reasons) and _weight(before, old, policy) <= _weight(hit, new, policy)


def _weight(hit: Hit, verdict: Verdict, policy: MatchingPolicy) -> tuple[int, bool]:
    """What policy goes by besides the reasons, the weightiest first."""
    return _OUTCOMES.index(verdict.outcome), hit.comparison.score < policy.warn
