"""The rivals on a state machine package: the rules written by hand once more, as conditions and callbacks.

A condition for each guard, a callback before the change that does what the command says, one after it that keeps the
time. Registrations are left out: a model begins after them. What making a model costs is told apart.
"""

from datetime import datetime
from typing import Any

import transitions
from statemachine import State, StateMachine

from crmcore.customers.commands import (
    Abandon,
    ApplyForIntent,
    ApproveExtension,
    ApproveIntent,
    HandOver,
    Protect,
    RecordFollowUp,
    RefuseIntent,
    Release,
    RequestExtension,
    Sign,
)
from crmcore.customers.guards_protection import channel_code
from crmcore.kernel.actors import Actor
from tests.benchmarks.by_hand import (
    CHANNELS,
    COOL_DOWN,
    INTENT,
    MORE_INTENT,
    MORE_POTENTIAL,
    MOST_EXTENSIONS,
    CustomerByHand,
)

TRIGGERS = {
    RecordFollowUp: "follow_up",
    Protect: "claim",
    ApplyForIntent: "apply",
    ApproveIntent: "approve",
    RefuseIntent: "refuse",
    RequestExtension: "ask_for_more",
    ApproveExtension: "give_more",
    Abandon: "abandon",
    Sign: "sign",
    HandOver: "hand_over",
    Release: "release",
}


class Holding(CustomerByHand):
    """The fields of the customer written by hand, with a method for each condition and each action."""

    # ---- conditions

    def in_order(self, command: Any, actor: Actor, now: datetime) -> bool:
        """Not before the last command."""
        return self.last_at is None or now >= self.last_at

    def is_due(self, command: Any, actor: Actor, now: datetime) -> bool:
        """The protection has ended by itself."""
        falls_at = self.holds_until if self.request is not None else self.deadline
        return falls_at is not None and now >= falls_at

    def by_pre_sales(self, command: Any, actor: Actor, now: datetime) -> bool:
        """Given by pre-sales."""
        return "pre-sales" in actor.roles

    def by_owner(self, command: Any, actor: Actor, now: datetime) -> bool:
        """Given by the owner."""
        return actor.id == self.owner

    def by_team(self, command: Any, actor: Actor, now: datetime) -> bool:
        """Given by the owner or the owner's team."""
        return actor.id == self.owner or not actor.teams.isdisjoint(self.teams)

    def by_after_sales(self, command: Any, actor: Actor, now: datetime) -> bool:
        """Given by the owner or after-sales."""
        return actor.id == self.owner or "after-sales" in actor.roles

    def by_reviewer(self, command: Any, actor: Actor, now: datetime) -> bool:
        """Given by a reviewer or a manager."""
        return not actor.roles.isdisjoint(("reviewer", "manager", "administrator"))

    def by_manager(self, command: Any, actor: Actor, now: datetime) -> bool:
        """Given by a manager."""
        return not actor.roles.isdisjoint(("manager", "administrator"))

    def by_owner_or_manager(self, command: Any, actor: Actor, now: datetime) -> bool:
        """Given by the owner or a manager."""
        return actor.id == self.owner or not actor.roles.isdisjoint(("manager", "administrator"))

    def has_content(self, command: Any, actor: Actor, now: datetime) -> bool:
        """The follow-up says what was spoken of."""
        return bool(command.content.strip())

    def known_channel(self, command: Any, actor: Actor, now: datetime) -> bool:
        """The follow-up's channel is on the list."""
        return command.channel in CHANNELS or channel_code(command.channel) in CHANNELS

    def held_before(self, command: Any, actor: Actor, now: datetime) -> bool:
        """The follow-up has taken place."""
        return command.held_at is None or command.held_at <= now

    def next_action_due(self, command: Any, actor: Actor, now: datetime) -> bool:
        """A next action has its time."""
        return command.next_contact_at is not None or not (command.next_action or command.next_action_by)

    def contact_named(self, command: Any, actor: Actor, now: datetime) -> bool:
        """A contact that comes with the claim has a name."""
        return command.contact is None or bool(command.contact.name.strip())

    def contact_on_record(self, command: Any, actor: Actor, now: datetime) -> bool:
        """There is a contact, or one comes with the claim."""
        return command.contact is not None or bool(self.contacts)

    def contacted(self, command: Any, actor: Actor, now: datetime) -> bool:
        """There is a follow-up by who claims, or one comes with the claim."""
        return command.follow_up is not None or actor.id in self.contacted_by

    def told_well(self, command: Any, actor: Actor, now: datetime) -> bool:
        """The follow-up that comes with the claim is in order."""
        return command.follow_up is None or self._follow_up_refused(command.follow_up, now) is None

    def corrects_known(self, command: Any, actor: Actor, now: datetime) -> bool:
        """A corrected follow-up is on record."""
        return command.corrects is None or 1 <= command.corrects <= len(self.follow_ups)

    def next_given(self, command: Any, actor: Actor, now: datetime) -> bool:
        """The next contact has its time."""
        return command.next_contact_at is not None

    def cooled_down(self, command: Any, actor: Actor, now: datetime) -> bool:
        """The person has waited long enough."""
        until = self.cool_downs.get(actor.id)
        return until is None or now >= until

    def nothing_pending(self, command: Any, actor: Actor, now: datetime) -> bool:
        """No request is pending."""
        return self.request is None

    def before_deadline(self, command: Any, actor: Actor, now: datetime) -> bool:
        """The deadline lies ahead."""
        return self.deadline is not None and now < self.deadline

    def reasoned(self, command: Any, actor: Actor, now: datetime) -> bool:
        """A reason is given."""
        return bool(command.reason.strip())

    def numbered(self, command: Any, actor: Actor, now: datetime) -> bool:
        """A contract number is given."""
        return bool(command.contract.strip())

    def extensions_left(self, command: Any, actor: Actor, now: datetime) -> bool:
        """One more extension may be granted."""
        return self.extensions < MOST_EXTENSIONS

    def intent_pending(self, command: Any, actor: Actor, now: datetime) -> bool:
        """An intent application is pending."""
        return self.request == "intent"

    def extension_pending(self, command: Any, actor: Actor, now: datetime) -> bool:
        """An extension request is pending."""
        return self.request == "extension"

    def by_another(self, command: Any, actor: Actor, now: datetime) -> bool:
        """Decided by another than who asked."""
        return actor.id != self.requested_by

    def to_another(self, command: Any, actor: Actor, now: datetime) -> bool:
        """Handed to another than the owner."""
        return bool(command.to != self.owner)

    # ---- actions

    def do_fall(self, command: Any, actor: Actor, now: datetime) -> None:
        """Into the pool by itself."""
        undecided = self.request is not None
        self.leave("undecided" if undecided else "expired", self.holds_until if undecided else self.deadline)

    def leave(self, reason: str, at: datetime | None) -> None:
        """Into the pool; the machine sets the state."""
        state = self.state
        self._into_pool(reason, at)
        self.state = state

    def do_follow_up(self, command: Any, actor: Actor, now: datetime) -> None:
        """One more follow-up."""
        self._record(command, actor, now)

    def do_claim(self, command: Any, actor: Actor, now: datetime) -> None:
        """Protected."""
        if command.contact is not None:
            self.contacts.append(command.contact)
        if command.follow_up is not None:
            self._record(command.follow_up, actor, now)
        state = self.state
        self._protect(actor, now)
        self.state = state

    def do_apply(self, command: Any, actor: Actor, now: datetime) -> None:
        """An application is pending."""
        self._ask("intent", actor, now)

    def do_ask_for_more(self, command: Any, actor: Actor, now: datetime) -> None:
        """An extension request is pending."""
        self._ask("extension", actor, now)

    def do_approve(self, command: Any, actor: Actor, now: datetime) -> None:
        """Intent from now on."""
        self.since, self.deadline, self.extensions = now, now + INTENT, 0
        self.do_refuse(command, actor, now)

    def do_refuse(self, command: Any, actor: Actor, now: datetime) -> None:
        """Nothing pending any more."""
        self.request = self.requested_by = self.holds_until = None

    def do_give_more(self, command: Any, actor: Actor, now: datetime) -> None:
        """A later deadline."""
        assert self.deadline is not None
        self.deadline += MORE_POTENTIAL if self.state == "potential" else MORE_INTENT
        self.extensions += 1
        self.do_refuse(command, actor, now)

    def do_abandon(self, command: Any, actor: Actor, now: datetime) -> None:
        """Given up."""
        self.cool_downs = {who: until for who, until in self.cool_downs.items() if until > now}
        self.cool_downs[actor.id] = now + COOL_DOWN
        self.leave("abandoned", now)

    def do_sign(self, command: Any, actor: Actor, now: datetime) -> None:
        """Under contract."""
        if self.state == "intent":
            self.since = now
            self.deadline = self.request = self.requested_by = self.holds_until = None
        self.contract = command.contract.strip()

    def do_hand_over(self, command: Any, actor: Actor, now: datetime) -> None:
        """With after-sales."""
        self.handed_over = (self.owner, now)
        self.owner, self.teams = command.to, frozenset(command.teams)

    def do_release(self, command: Any, actor: Actor, now: datetime) -> None:
        """Given back."""
        self.leave("released", now)

    def touch(self, command: Any, actor: Actor, now: datetime) -> None:
        """Remember the time."""
        self.last_at = now


TOLD = ("has_content", "known_channel", "held_before", "next_action_due", "corrects_known")

#: (trigger, source, destination, conditions, action), for both packages.
ROWS: tuple[tuple[str, str, str, tuple[str, ...], str], ...] = (
    ("fall", "potential", "pool", ("is_due",), "do_fall"),
    ("fall", "intent", "pool", ("is_due",), "do_fall"),
    ("follow_up", "pool", "pool", ("by_pre_sales", *TOLD), "do_follow_up"),
    ("follow_up", "potential", "potential", ("by_team", *TOLD, "next_given"), "do_follow_up"),
    ("follow_up", "intent", "intent", ("by_team", *TOLD), "do_follow_up"),
    ("follow_up", "formal", "formal", ("by_after_sales", *TOLD), "do_follow_up"),
    (
        "claim",
        "pool",
        "potential",
        ("by_pre_sales", "cooled_down", "contact_named", "contact_on_record", "contacted", "told_well"),
        "do_claim",
    ),
    (
        "apply",
        "potential",
        "potential",
        ("by_owner", "nothing_pending", "before_deadline", "reasoned"),
        "do_apply",
    ),
    ("approve", "potential", "intent", ("by_reviewer", "intent_pending", "by_another"), "do_approve"),
    ("refuse", "potential", "potential", ("by_reviewer", "intent_pending", "by_another"), "do_refuse"),
    *(
        row
        for stage in ("potential", "intent")
        for row in (
            (
                "ask_for_more",
                stage,
                stage,
                ("by_owner", "nothing_pending", "before_deadline", "extensions_left", "reasoned"),
                "do_ask_for_more",
            ),
            ("give_more", stage, stage, ("by_reviewer", "extension_pending", "by_another"), "do_give_more"),
            ("abandon", stage, "pool", ("by_owner", "reasoned"), "do_abandon"),
        )
    ),
    ("sign", "intent", "formal", ("by_owner_or_manager", "numbered"), "do_sign"),
    ("sign", "formal", "formal", ("by_owner_or_manager", "numbered"), "do_sign"),
    ("hand_over", "formal", "formal", ("by_owner_or_manager", "to_another"), "do_hand_over"),
    ("release", "formal", "pool", ("by_manager", "reasoned"), "do_release"),
)
NAMES = ("pool", "potential", "intent", "formal")


class OnTransitions:
    """Customers on the package transitions: one machine, and a model for each customer, made when it is taken on."""

    def __init__(self) -> None:
        self._machine = transitions.Machine(
            None,
            states=list(NAMES),
            initial="pool",
            auto_transitions=False,
            transitions=[
                {
                    "trigger": trigger,
                    "source": source,
                    "dest": dest,
                    "conditions": ["in_order", *conditions],
                    "before": action,
                    "after": "touch",
                }
                for trigger, source, dest, conditions, action in ROWS
            ],
        )

    def begin(self, start: CustomerByHand) -> Holding:
        """A model for that customer."""
        model = Holding()
        vars(model).update(vars(start))
        self._machine.add_model(model, start.state)
        return model

    @staticmethod
    def handle(model: Any, command: Any, actor: Actor, now: datetime) -> None:
        """Let time do its part, then give the command."""
        if model.is_due(command, actor, now):
            model.fall(command, actor, now)
        getattr(model, TRIGGERS[type(command)])(command, actor, now)


class OnStatemachine:
    """Customers on the package python-statemachine: a machine for each customer, made when it is taken on."""

    def __init__(self) -> None:
        states = {name: State(name, value=name, initial=name == "pool") for name in NAMES}
        events: dict[str, Any] = {}
        for trigger, source, dest, conditions, action in ROWS:
            move = states[source].to(
                states[dest], cond=["in_order", *conditions], on=action, after="touch", internal=source == dest
            )
            events[trigger] = events[trigger] | move if trigger in events else move
        self._class: Any = type("Lifecycle", (StateMachine,), {**states, **events})

    def begin(self, start: CustomerByHand) -> Any:
        """A machine for that customer."""
        model = Holding()
        vars(model).update(vars(start))
        return self._class(model, state_field="state")

    @staticmethod
    def handle(machine: Any, command: Any, actor: Actor, now: datetime) -> None:
        """Let time do its part, then give the command."""
        if machine.model.is_due(command, actor, now):
            machine.send("fall", command=command, actor=actor, now=now)
        machine.send(TRIGGERS[type(command)], command=command, actor=actor, now=now)
