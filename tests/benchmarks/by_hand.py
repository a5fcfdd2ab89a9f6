"""The rival by hand: a customer as one mutable object, its rules as if and elif.

Written as one would write it without a library, and fast: the same guards and the same deadlines as the preset
standard, numbers as constants, days as ``now + timedelta(days=30)`` in UTC and working days counted from the weekday
(right as long as times lie in office hours and the zone's offset never changes), no events, no history, no policy, one
reason at a time instead of all. It gives None when a command passes, else the code of the first reason against it.
"""

from datetime import datetime, timedelta
from typing import Any

from crmcore.customers.commands import (
    Abandon,
    ApplyForIntent,
    ApproveExtension,
    ApproveIntent,
    HandOver,
    Protect,
    RecordFollowUp,
    RefuseIntent,
    Register,
    Release,
    RequestExtension,
    Sign,
)
from crmcore.customers.guards_protection import channel_code
from crmcore.customers.industries import industry_code
from crmcore.kernel.actors import Actor
from crmcore.matching import check_full_name

POTENTIAL = timedelta(days=30)
INTENT = timedelta(days=15)
MORE_POTENTIAL = timedelta(days=15)
MORE_INTENT = timedelta(days=7)
COOL_DOWN = timedelta(days=3)
MOST_EXTENSIONS = 1
HOLD_WORKING_DAYS = 3
CHANNELS = frozenset(
    {"phone", "visit", "e-mail", "online", "event", "meeting", "message", "wechat", "letter", "exhibition", "other"}
)
#: What to add to three working days for the days off on the way, by weekday from Monday.
DAYS_OFF = (0, 0, 2, 2, 2, 1, 0)
HOLDS = tuple(timedelta(days=HOLD_WORKING_DAYS + off) for off in DAYS_OFF)


class CustomerByHand:
    """One customer; its fields mean something only in some of its states."""

    def __init__(self) -> None:
        self.state = "absent"
        self.owner: str | None = None
        self.teams: frozenset[str] = frozenset()
        self.since: datetime | None = None
        self.deadline: datetime | None = None
        self.request: str | None = None
        self.requested_by: str | None = None
        self.holds_until: datetime | None = None
        self.extensions = 0
        self.last_at: datetime | None = None
        self.last_owner: str | None = None
        self.reason: str | None = None
        self.cool_downs: dict[str, datetime] = {}
        self.contacted_by: set[str] = set()
        self.contacts: list[Any] = []
        self.follow_ups: list[tuple[Any, ...]] = []
        self.contract: str | None = None
        self.profile: dict[str, Any] = {}
        self.handed_over: tuple[str | None, datetime] | None = None

    def settle(self, now: datetime) -> None:
        """The fall that is due by now."""
        if self.deadline is not None:
            falls_at = self.holds_until if self.request is not None else self.deadline
            if now >= falls_at:  # type: ignore[operator]
                self._into_pool("undecided" if self.request is not None else "expired", falls_at)

    def handle(self, command: Any, actor: Actor, now: datetime) -> str | None:  # noqa: C901, PLR0911, PLR0912, PLR0915
        """Do what the command says, or say why not."""
        self.settle(now)
        if self.last_at is not None and now < self.last_at:
            return "out-of-order"
        kind = type(command)
        state = self.state
        if kind is RecordFollowUp:
            if state == "pool":
                if "pre-sales" not in actor.roles:
                    return "not-permitted"
            elif state in {"potential", "intent"}:
                if actor.id != self.owner and actor.teams.isdisjoint(self.teams):
                    return "not-permitted"
            elif state == "formal":
                if actor.id != self.owner and "after-sales" not in actor.roles:
                    return "not-permitted"
            else:
                return "not-on-record"
            refused = self._follow_up_refused(command, now)
            if refused is not None:
                return refused
            if command.corrects is not None and not 1 <= command.corrects <= len(self.follow_ups):
                return "unknown-follow-up"
            if state == "potential" and command.next_contact_at is None:
                return "next-contact-required"
            self._record(command, actor, now)
        elif kind is Protect:
            if state != "pool":
                return "protected-already"
            if "pre-sales" not in actor.roles:
                return "not-permitted"
            until = self.cool_downs.get(actor.id)
            if until is not None and now < until:
                return "cooling-down"
            if command.contact is None and not self.contacts:
                return "no-contact"
            if command.contact is not None and not command.contact.name.strip():
                return "name-required"
            if command.follow_up is None:
                if actor.id not in self.contacted_by:
                    return "no-follow-up"
            else:
                refused = self._follow_up_refused(command.follow_up, now)
                if refused is not None:
                    return refused
            if command.contact is not None:
                self.contacts.append(command.contact)
            if command.follow_up is not None:
                self._record(command.follow_up, actor, now)
            self._protect(actor, now)
        elif kind is ApplyForIntent:
            if state != "potential":
                return "not-potential"
            if actor.id != self.owner:
                return "not-permitted"
            if self.request is not None:
                return "request-pending"
            if now >= self.deadline:  # type: ignore[operator]
                return "past-deadline"
            if not command.reason.strip():
                return "reason-required"
            self._ask("intent", actor, now)
        elif kind is ApproveIntent:
            if state != "potential" or self.request != "intent":
                return "nothing-pending"
            if actor.roles.isdisjoint(("reviewer", "manager", "administrator")):
                return "not-permitted"
            if actor.id == self.requested_by:
                return "own-request"
            self.state = "intent"
            self.since = now
            self.deadline = now + INTENT
            self.request = self.requested_by = self.holds_until = None
            self.extensions = 0
        elif kind is RefuseIntent:
            if state != "potential" or self.request != "intent":
                return "nothing-pending"
            if actor.roles.isdisjoint(("reviewer", "manager", "administrator")):
                return "not-permitted"
            if actor.id == self.requested_by:
                return "own-request"
            self.request = self.requested_by = self.holds_until = None
        elif kind is RequestExtension:
            if state not in {"potential", "intent"}:
                return "not-protected"
            if actor.id != self.owner:
                return "not-permitted"
            if self.request is not None:
                return "request-pending"
            if now >= self.deadline:  # type: ignore[operator]
                return "past-deadline"
            if self.extensions >= MOST_EXTENSIONS:
                return "no-more-extensions"
            if not command.reason.strip():
                return "reason-required"
            self._ask("extension", actor, now)
        elif kind is ApproveExtension:
            if state not in {"potential", "intent"} or self.request != "extension":
                return "nothing-pending"
            if actor.roles.isdisjoint(("reviewer", "manager", "administrator")):
                return "not-permitted"
            if actor.id == self.requested_by:
                return "own-request"
            assert self.deadline is not None
            self.deadline += MORE_POTENTIAL if state == "potential" else MORE_INTENT
            self.request = self.requested_by = self.holds_until = None
            self.extensions += 1
        elif kind is Abandon:
            if state not in {"potential", "intent"}:
                return "not-protected"
            if actor.id != self.owner:
                return "not-permitted"
            if not command.reason.strip():
                return "reason-required"
            self.cool_downs = {who: until for who, until in self.cool_downs.items() if until > now}
            self.cool_downs[actor.id] = now + COOL_DOWN
            self._into_pool("abandoned", now)
        elif kind is Sign:
            if state not in {"intent", "formal"}:
                return "not-intent"
            if actor.id != self.owner and actor.roles.isdisjoint(("manager", "administrator")):
                return "not-permitted"
            if not command.contract.strip():
                return "number-required"
            if state == "intent":
                self.state = "formal"
                self.since = now
                self.deadline = self.request = self.requested_by = self.holds_until = None
            self.contract = command.contract.strip()
        elif kind is HandOver:
            if state != "formal":
                return "not-formal"
            if actor.id != self.owner and actor.roles.isdisjoint(("manager", "administrator")):
                return "not-permitted"
            if command.to == self.owner:
                return "same-owner"
            self.handed_over = (self.owner, now)
            self.owner = command.to
            self.teams = frozenset(command.teams)
        elif kind is Release:
            if state != "formal":
                return "not-formal"
            if actor.roles.isdisjoint(("manager", "administrator")):
                return "not-permitted"
            if not command.reason.strip():
                return "reason-required"
            self._into_pool("released", now)
        elif kind is Register:
            refused = self._register(command, actor, now)
            if refused is not None:
                return refused
        else:
            return "unknown-command"
        self.last_at = now
        return None

    def _register(self, command: Register, actor: Actor, now: datetime) -> str | None:  # noqa: C901, PLR0911, PLR0912
        if self.state != "absent":
            return "id-taken"
        if command.into == "potential":
            if "pre-sales" not in actor.roles:
                return "not-permitted"
        elif actor.roles.isdisjoint(("manager", "administrator", "import")):
            return "not-permitted"
        for text in (command.name, command.address, command.industry, command.phone, command.introduction):
            if text is None or not text.strip():
                return "required"
        industry = industry_code(command.industry)  # type: ignore[arg-type]
        if industry is None:
            return "unknown-industry"
        if industry == "other" and not (command.industry_note or "").strip():
            return "note-required"
        if check_full_name(command.name) is not None:
            return "not-a-full-name"
        if any(not contact.name.strip() for contact in command.contacts):
            return "name-required"
        if sum(contact.main for contact in command.contacts) > 1:
            return "one-main-contact"
        self.profile = {
            "name": command.name.strip(),
            "industry": industry,
            "address": command.address,
            "phone": command.phone,
            "email": command.email,
            "website": command.website,
            "introduction": command.introduction,
        }
        self.contacts = list(command.contacts)
        if command.into == "potential":
            self._protect(actor, now)
        else:
            self.state = "pool"
            self.since = now
            self.reason = "registered"
        return None

    def _protect(self, actor: Actor, now: datetime) -> None:
        self.state = "potential"
        self.owner = actor.id
        self.teams = actor.teams
        self.since = now
        self.deadline = now + POTENTIAL
        self.extensions = 0
        self.request = self.requested_by = self.holds_until = None

    def _ask(self, kind: str, actor: Actor, now: datetime) -> None:
        deadline = self.deadline
        assert deadline is not None
        self.request = kind
        self.requested_by = actor.id
        self.holds_until = deadline + HOLDS[deadline.weekday()]
        self.last_at = now

    def _into_pool(self, reason: str, at: datetime | None) -> None:
        self.state = "pool"
        self.reason = reason
        self.since = self.last_at = at
        self.last_owner = self.owner
        self.owner = None
        self.deadline = self.request = self.requested_by = self.holds_until = None
        self.contacted_by.clear()

    @staticmethod
    def _follow_up_refused(follow_up: Any, now: datetime) -> str | None:
        if not follow_up.content.strip():
            return "content-required"
        if follow_up.channel not in CHANNELS and channel_code(follow_up.channel) not in CHANNELS:
            return "unknown-channel"
        if follow_up.held_at is not None and follow_up.held_at > now:
            return "held-later"
        if follow_up.next_contact_at is None and (follow_up.next_action or follow_up.next_action_by is not None):
            return "next-action-due"
        return None

    def _record(self, follow_up: Any, actor: Actor, now: datetime) -> None:
        self.follow_ups.append((now, actor.id, follow_up))
        if self.state == "pool":
            self.contacted_by.add(actor.id)
