"""Who may give which command (A-01)."""

from typing import Any

import pytest

from crmcore.customers import LIFECYCLE, Lock, RecordFollowUp, Register, Transfer
from crmcore.kernel.actors import ROLES, Actor
from crmcore.kernel.machine import Row
from tests.customers.scene import ADMIN, GUEST, LI, MANAGER, REVIEWER, WANG, Scene, claim, record, register
from tests.customers.test_p_rules_why_not import EACH, STAGES, in_stage


def may(scene: Scene, command: Any, who: Actor) -> bool:
    """Whether rights do not speak against it, whatever else does."""
    return all(refusal.code != "not-permitted" for refusal in scene.crm.why_not(command, actor=who))


@pytest.mark.rule("A-01")
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("command", EACH, ids=lambda command: type(command).__name__)
def test_an_administrator_may_what_a_manager_may_and_nothing_else(stage, command):
    """Of every command at every stage."""
    scene = in_stage(stage)

    assert may(scene, command, MANAGER) == may(scene, command, ADMIN)


@pytest.mark.rule("A-01")
def test_an_administrator_may_register_into_the_pool_as_a_manager_may():
    """And not for oneself."""
    scene = Scene()

    assert [True, True] == [may(scene, register(into="pool"), who) for who in (MANAGER, ADMIN)]
    assert [False, False] == [may(scene, register(), who) for who in (MANAGER, ADMIN)]


@pytest.mark.rule("A-01")
def test_every_row_states_who_may():
    """No row is open to anyone."""
    rows = [line for line in LIFECYCLE.lines if isinstance(line, Row)]
    rights = [right for row in rows for right in (row.by.values() if isinstance(row.by, dict) else (row.by,))]

    assert not any(getattr(right, "anyone", True) for right in rights)
    assert all(getattr(right, "words", ()) for right in rights)


@pytest.mark.rule("A-01")
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("command", EACH, ids=lambda command: type(command).__name__)
def test_who_has_no_role_may_nothing(stage, command):
    """Every command is refused."""
    assert in_stage(stage).refused(command, by=GUEST)


@pytest.mark.rule("A-01")
def test_a_refusal_says_who_may():
    """In both languages, an administrator understood with the manager."""
    [refusal] = Scene().potential().refusals(Transfer("C1", "wang"), by=LI)
    [other] = Scene().refusals(register(into="pool"), by=LI)
    [followed] = Scene().potential().refusals(record(), by=WANG)

    assert ["only a manager may do this", "只有经理可以执行此操作"] == [refusal.message(), refusal.message("zh")]
    assert "only a manager or an import may do this" == other.message()
    assert "只有跟进人或跟进人团队可以记录跟进" in followed.message("zh").replace("此阶段", "")


class TestPolicy:
    """Policy can change who may (A-01)."""

    @pytest.mark.rule("A-01")
    def test_a_right_is_replaced_for_all_stages(self):
        """What is not named stays as it is."""
        scene = Scene({"customers.rights": {"transfer": ["owner", "team"]}}).potential()

        assert [[], ["A-01 not-permitted"]] == [scene.refused(Transfer("C1", "wang"), by=who) for who in (LI, MANAGER)]
        [refusal] = scene.refusals(Transfer("C1", "wang"), by=MANAGER)
        assert "only the owner or the owner's team may do this" == refusal.message()

    @pytest.mark.rule("A-01")
    def test_a_right_can_be_taken_from_everybody(self):
        """With an empty list."""
        scene = Scene({"customers.rights": {"transfer": []}}).potential()
        [refusal] = scene.refusals(Transfer("C1", "wang"), by=MANAGER)

        assert ["only nobody may do this", "只有无人可以执行此操作"] == [refusal.message(), refusal.message("zh")]

    @pytest.mark.rule("A-01")
    def test_a_right_can_be_given_to_anyone(self):
        """Then no role is needed."""
        scene = Scene({"customers.rights": {"record-follow-up": ["anyone"]}}).potential()

        assert [] == scene.refused(record(), by=GUEST)

    @pytest.mark.rule("A-01", "P-01")
    def test_the_two_forms_of_registering_are_rights_of_their_own(self):
        """Each can be given without the other."""
        scene = Scene({"customers.rights": {"register": ["manager"], "register-into-pool": ["pre-sales"]}})

        assert [True, False] == [may(scene, register(), who) for who in (MANAGER, LI)]
        assert [False, True] == [may(scene, register(into="pool"), who) for who in (MANAGER, LI)]
        assert (Register, RecordFollowUp) == (type(register()), type(record()))

    @pytest.mark.rule("A-01")
    @pytest.mark.parametrize("role", ROLES)
    def test_every_role_can_be_named(self, role):
        """And its holder may then."""
        scene = Scene({"customers.rights": {"lock": [role]}, "customers.locks.per_owner": 1}).potential()

        assert [] == scene.refused(Lock("C1"), by=Actor("a", roles={role}))

    @pytest.mark.rule("A-01")
    def test_an_administrator_gets_only_what_a_manager_gets(self):
        """Naming another role gives an administrator nothing."""
        scene = Scene({"customers.rights": {"protect": ["reviewer"]}}).pool()

        assert [[], ["A-01 not-permitted"]] == [scene.refused(claim(), by=who) for who in (REVIEWER, ADMIN)]
