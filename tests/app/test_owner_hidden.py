"""Who is not to know whose a customer is learns it from no answer, in whatever form he looks at it (P-02, A-02)."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attr
import attrs
import pytest

from crmcore import CRM
from crmcore.app.outcome import Denied
from crmcore.customers import ApproveIntent, ChangeProfile, Merge, Protect, Transfer, UndoMerge
from crmcore.customers.commands import Command
from crmcore.errors import Refused
from crmcore.kernel.actors import Actor
from tests.cli.helpers import cli
from tests.customers.scene import MANAGER, MONDAY, NAME, REVIEWER, Scene, register

#: Ids that stand in no word.
OWNER = Actor("owner-zq7", {"pre-sales"}, {"team-zq7"})
SECOND = Actor("owner-zq8", {"pre-sales"}, {"team-zq8"})
MATE = Actor("mate", {"pre-sales"}, {"team-zq7"})
STRANGER = Actor("wang", {"pre-sales"}, {"south"})
GUEST = Actor("guest")
ALIKE = "靖江市春义空调有限公司"

MASKED: dict[str, Any] = {
    "matching.owner_shown_to": ["owner", "team", "manager"],
    "matching.similar": "refuse",
    "customers.limits.intent": 0,
    "customers.limits.total": 1,
}
SET = [argument for name, value in MASKED.items() for argument in ("--set", f"{name}={value!s}".replace("'", '"'))]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A storage in which C1 and C2, which are alike, are one owner's, C3 another's, and C4 is in the pool."""
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with CRM.open(url, clock=lambda: MONDAY) as crm:
        crm.handle(register(), actor=OWNER)
        crm.handle(register(name=ALIKE, id="C2", phone="0523-80000002"), actor=OWNER)
        crm.handle(register(name="苏州晨星物流有限公司", id="C3", phone="0512-60000003"), actor=SECOND)
        crm.handle(register(name="北京远山科技有限公司", id="C4", phone="010-60000004", into="pool"), actor=MANAGER)
    return url


def forms(value: Any) -> Iterable[str]:
    """Everything that a program or a person may make of an answer."""
    if isinstance(value, tuple | list):
        for one in value:
            yield from forms(one)
        return
    yield repr(value)
    yield str(value)
    if attrs.has(type(value)):
        yield repr(attr.asdict(value, retain_collection_types=False))  # which named tuples do not bear
    if isinstance(value, Refused):
        yield from forms(value.refusals)
        yield value.message("zh")


def refused(command: Command) -> Callable[[CRM, Actor], Any]:
    """All that a refusal of a command tells of, asked for and given."""

    def ask(crm: CRM, who: Actor) -> Any:
        with pytest.raises(Refused) as error:
            crm.handle(command, actor=who)
        denied = crm.answer(command, actor=who)

        assert isinstance(denied, Denied)
        return [error.value, crm.why_not(command, actor=who), denied.refusals, denied.similar]

    return ask


ANSWERS: dict[str, Callable[[CRM, Actor], Any]] = {
    "search": lambda crm, who: crm.search("春意", actor=who),
    "check of a registration": lambda crm, who: crm.duplicates.check(register(id="C9"), actor=who),
    "check of a customer": lambda crm, who: crm.duplicates.check("C2", actor=who),
    "check of a change": lambda crm, who: crm.duplicates.check(ChangeProfile("C4", name=NAME), actor=who),
    "all duplicates": lambda crm, who: list(crm.duplicates.all(actor=who)),
    "view": lambda crm, who: crm.view("C1", actor=who),
    "protect": refused(Protect("C1")),
    "register the same": refused(register(id="C9")),
    "register a similar one": refused(register(name="靖江市椿意空调有限公司", id="C9", phone="0523-80000009")),
    "change into the same": refused(ChangeProfile("C4", name=NAME)),
    "approve beyond a limit": refused(ApproveIntent("C1")),
    "merge": refused(Merge("C3", "C1", reason="一家公司")),
}


@pytest.mark.rule("P-02", "A-02", "M-01", "M-03", "M-07", "P-16", "M-06")
@pytest.mark.parametrize("who", [STRANGER, GUEST, REVIEWER], ids=lambda who: who.id)
@pytest.mark.parametrize("ask", ANSWERS.values(), ids=ANSWERS)
def test_no_answer_tells_the_owner(url: str, ask: Callable[[CRM, Actor], Any], who: Actor) -> None:
    """Not its representation nor its fields; to who may know, it does."""
    with CRM.open(url, overrides=MASKED, clock=lambda: MONDAY) as crm:
        hidden, shown = ("".join(forms(ask(crm, one))) for one in (who, MANAGER))

    assert "zq7" in shown
    assert "zq7" not in hidden
    assert "zq8" not in hidden


PRINTED: dict[str, tuple[str, ...]] = {
    "find": ("find", "春意"),
    "duplicates": ("duplicates", "C2"),
    "all duplicates": ("duplicates", "--all"),
    "show": ("show", "C1"),
    "why-not protect": ("why-not", "C1", "protect"),
    "why-not register": ("why-not", "-", "register", "--field", f"name={NAME}"),
}


@pytest.mark.rule("P-02", "A-02")
@pytest.mark.parametrize("how", [("--json",), (), ("--lang", "zh")], ids=["json", "en", "zh"])
@pytest.mark.parametrize("command", PRINTED.values(), ids=PRINTED)
def test_nothing_printed_tells_the_owner(url: str, command: tuple[str, ...], how: tuple[str, ...]) -> None:
    """On the command line, to whom it is asked for; in each form."""
    asked = "--as" if command[0] == "show" else "--actor"
    hidden, shown = (
        cli(*command, "--storage", url, asked, who.id, "--role", *who.roles, "--at", MONDAY.isoformat(), *SET, *how)
        for who in (STRANGER, MANAGER)
    )

    assert [0, 0] == [hidden.exit_code, shown.exit_code]
    assert "zq7" in shown.stdout
    assert "zq7" not in hidden.stdout


def test_data_of_a_hidden_owner_say_so(url: str) -> None:
    """An owner that is None is nobody, unless it is hidden; what of the stage everybody sees stays."""
    with CRM.open(url, overrides=MASKED, clock=lambda: MONDAY) as crm:
        [found], seen = crm.search("春意", actor=STRANGER), crm.view("C1", actor=STRANGER)
        pooled = crm.view("C4", actor=STRANGER)

    assert ("potential", "potential", None, True) == (found.stage.name, seen.stage, seen.owner, seen.owner_hidden)
    assert (None, False) == (pooled.owner, pooled.owner_hidden)


@pytest.mark.rule("A-02", "P-02")
@pytest.mark.parametrize(("who", "whole"), [(OWNER, True), (MATE, True), (MANAGER, True), (REVIEWER, False)])
def test_a_whole_customer_has_its_owner(url: str, who: Actor, whole: bool) -> None:
    """Who sees everything else sees it in full, and not the customer itself, unless he may know whose it is."""
    with CRM.open(url, overrides=MASKED, clock=lambda: MONDAY) as crm:
        seen = crm.view("C1", actor=who)

    assert (NAME, "0523-80000001") == (seen.name, seen.profile["phone"])
    assert (whole, whole, not whole) == (seen.whole is not None, seen.owner == OWNER.id, seen.owner_hidden)


@pytest.mark.rule("A-02", "P-02")
def test_the_owner_knows_what_is_his(url: str) -> None:
    """Whoever else policy names."""
    with CRM.open(url, overrides={"matching.owner_shown_to": ["manager"]}, clock=lambda: MONDAY) as crm:
        assert OWNER.id == crm.view("C1", actor=OWNER).owner
        assert crm.view("C1", actor=MATE).owner_hidden


@pytest.mark.rule("A-02", "M-06", "P-16")
def test_a_merged_record_does_not_tell_whose_it_was() -> None:
    """Neither by itself, nor by what stands against undoing the merge."""
    scene = Scene({"matching.owner_shown_to": ["owner", "team", "manager"], "customers.limits.total": 1})
    scene.given(register(), by=SECOND)
    scene.given(register(name="苏州晨星物流有限公司", id="C2", phone="0512-60000003"), by=OWNER)
    scene.given(Merge("C2", "C1", reason="一家公司", decided=True), by=MANAGER)
    scene.given(register(name="北京远山科技有限公司", id="C3", phone="010-60000004"), by=OWNER)
    hidden, shown = (
        "".join(forms([scene.crm.why_not(UndoMerge("C2", reason="两家"), actor=who), scene.crm.view("C2", actor=who)]))
        for who in (REVIEWER, MANAGER)
    )

    assert "zq7" in shown
    assert "zq7" not in hidden


@pytest.mark.rule("P-16", "P-14")
def test_whom_a_command_names_is_told_of(url: str) -> None:
    """Who would hold more than he may is no secret to whoever wants to give him the customer."""
    with CRM.open(url, overrides=MASKED, clock=lambda: MONDAY) as crm:
        refusals = crm.why_not(Transfer("C1", to="zhao"), actor=STRANGER)
        taken = crm.why_not(Transfer("C1", to=SECOND.id), actor=STRANGER)

    assert [] == [one for one in refusals if one.rule == "P-16"]
    assert [SECOND.id] == [one.params["owner"] for one in taken if one.rule == "P-16"]
