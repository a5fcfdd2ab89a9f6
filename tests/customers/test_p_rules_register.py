"""Registering: whose the customer is then, and when it is on record already (P-01, P-02, P-24)."""

from typing import ClassVar

import pytest

from crmcore.customers import Abandon, ChangeProfile, Register, Release
from crmcore.customers.stages import Pool, Potential
from tests.customers.scene import (
    ADMIN,
    GUEST,
    IMPORT,
    LI,
    MANAGER,
    MICROSECOND,
    MONDAY,
    NAME,
    REVIEWER,
    SERVICE,
    WANG,
    Scene,
    claim,
    register,
)


@pytest.mark.rule("P-01")
def test_a_registered_customer_is_protected_by_its_registrant():
    """Registering makes a customer potential, with who registered it as its owner."""
    scene = Scene().potential()
    stage = scene.customer().stage

    assert isinstance(stage, Potential)
    assert ("li", ("north",), scene.start) == (stage.owner, stage.teams, stage.since)
    assert ["registered", "protected"] == scene.events()


@pytest.mark.rule("P-01")
@pytest.mark.parametrize("who", [MANAGER, ADMIN, IMPORT], ids=lambda actor: actor.id)
def test_some_may_register_into_the_pool(who):
    """Managers, administrators and imports register into the pool, where the customer is nobody's."""
    scene = Scene().given(register(into="pool"), by=who)
    stage = scene.customer().stage

    assert isinstance(stage, Pool)
    assert (None, "registered", scene.start) == (stage.owner, stage.reason, stage.since)
    assert ["registered"] == scene.events()


@pytest.mark.rule("P-01", "A-01")
@pytest.mark.parametrize(
    ("into", "who"),
    [
        ("potential", MANAGER),
        ("potential", ADMIN),
        ("potential", IMPORT),
        ("potential", SERVICE),
        ("potential", GUEST),
        ("pool", LI),
        ("pool", REVIEWER),
        ("pool", SERVICE),
        ("pool", GUEST),
    ],
    ids=lambda value: getattr(value, "id", value),
)
def test_others_may_not_register(into, who):
    """For oneself registers a pre-sales person only, into the pool none of them."""
    assert ["A-01 not-permitted"] == Scene().refused(register(into=into), by=who)


@pytest.mark.rule("P-02")
@pytest.mark.parametrize(
    "name",
    [
        NAME,
        " 靖江市春意空调有限公司 ",
        "靖江市 春意 空调有限公司",
        "靖江市春意空调(有限公司)",
        "靖江市春意空调（有限公司）",
        "靖江市「春意」空调有限公司",
        "靖江市\u3000春意空调有限公司",
    ],
)
def test_the_same_name_is_not_registered_twice(name):
    """Spaces, width and brackets make no other name."""
    scene = Scene().potential()

    assert ["P-02 same-name"] == scene.refused(register(name=name, id="C2"), by=WANG)


@pytest.mark.rule("P-02")
@pytest.mark.parametrize(
    "name",
    [
        "ACME TOOLS LTD",
        "acme tools ltd",
        "\uff21\uff23\uff2d\uff25\u3000Tools Ltd",
        "Acme (Tools) Ltd",
        "AcmeTools Ltd",
    ],
)
def test_the_same_latin_name_is_not_registered_twice(name):
    """Case and width make no other name either."""
    scene = Scene().potential(name="Acme Tools Ltd")

    assert ["P-02 same-name"] == scene.refused(register(name=name, id="C2"), by=WANG)


@pytest.mark.rule("P-02")
def test_another_name_is_registered():
    """A customer of another name is another customer."""
    scene = Scene().potential().given(register(name="靖江市春意贸易有限公司", id="C2"), by=WANG)

    assert "wang" == scene.customer("C2").owner


@pytest.mark.rule("P-02")
@pytest.mark.parametrize("stage", ["potential", "intent", "formal"])
def test_the_refusal_says_whose_the_match_is(stage):
    """Who registers what somebody has is told which customer it is, in which stage, and with whom."""
    scene = Scene()
    getattr(scene, stage)()
    [refusal] = scene.refusals(register(id="C2"), by=WANG)
    label = scene.customer().stage.label

    assert ("P-02", "same-name") == (refusal.rule, refusal.code)
    assert {"customer": "C1", "stage": label, "owner": "li"} == refusal.params
    assert f"customer C1 has the same name; it is {label.en}, with li" == refusal.message()
    assert label.zh in refusal.message("zh")


@pytest.mark.rule("P-02")
def test_a_match_in_the_pool_can_be_protected_instead():
    """Who registers what stands in the pool is told to protect it, and may."""
    scene = Scene().pool()

    [refusal] = scene.refusals(register(id="C2"), by=WANG)

    assert ("P-02", "same-name-in-pool", {"customer": "C1"}) == (refusal.rule, refusal.code, refusal.params)
    assert "wang" == scene.when(claim(), by=WANG).customer.owner


@pytest.mark.rule("P-02", "P-19")
def test_a_match_whose_fall_is_due_is_in_the_pool():
    """A match that nobody has swept counts as what it is now."""
    scene = Scene().potential().at(days=30)

    assert ["P-02 same-name-in-pool"] == scene.refused(register(id="C2"), by=WANG)
    assert ["P-02 same-name"] == scene.at(MONDAY, days=30, microseconds=-1).refused(register(id="C2"), by=WANG)


@pytest.mark.rule("P-02")
@pytest.mark.parametrize("stage", ["potential", "intent", "formal"])
@pytest.mark.parametrize("who", [LI, WANG], ids=["owner", "another"])
def test_what_somebody_has_cannot_be_protected_again(stage, who):
    """Protecting a customer that has an owner is refused, for its owner too."""
    scene = Scene()
    getattr(scene, stage)()
    [refusal] = scene.refusals(claim(), by=who)

    assert ("P-02", "already-protected") == (refusal.rule, refusal.code)
    assert {"customer": "C1", "stage": scene.customer().stage.label, "owner": "li"} == refusal.params


@pytest.mark.rule("P-02")
def test_individuals_of_one_name_are_told_apart_by_phone():
    """Persons of one name are many: only name and phone together are the same individual."""
    scene = Scene().potential(name="王芳", kind="individual", phone="138 0000 0001")

    assert ["P-02 same-name"] == scene.refused(
        register(name="王 芳", kind="individual", phone="+86 138-0000-0001", id="C2"), by=WANG
    )
    assert [] == scene.refused(register(name="王芳", kind="individual", phone="13800000002", id="C3"), by=WANG)
    assert [] == scene.refused(register(name="王芳", kind="individual", phone=None, id="C4"), by=WANG)


@pytest.mark.rule("P-02")
def test_an_individual_is_no_enterprise_of_that_name():
    """A sole trader's name may also be an enterprise's."""
    scene = Scene().potential(name="春意商行")

    assert [] == scene.refused(register(name="春意商行", kind="individual", id="C2"), by=WANG)


@pytest.mark.rule("P-02")
def test_a_name_cannot_be_changed_into_one_on_record():
    """Changing a profile is no way around the analysis."""
    scene = Scene().potential().given(register(name="靖江市春意贸易有限公司", id="C2"), by=LI)

    assert ["P-02 same-name"] == scene.refused(ChangeProfile("C2", name=NAME), by=LI)
    assert [] == scene.refused(ChangeProfile("C2", name="靖江市 春意 贸易有限公司"), by=LI)
    assert [] == scene.refused(ChangeProfile("C2", region="江苏"), by=LI)


@pytest.mark.rule("P-02")
def test_a_phone_cannot_be_changed_into_the_same_individual():
    """An individual's phone is part of who it is."""
    scene = Scene().potential(name="王芳", kind="individual", phone="13800000001")
    scene.given(register(name="王芳", kind="individual", phone="13800000002", id="C2"), by=LI)

    assert ["P-02 same-name"] == scene.refused(ChangeProfile("C2", phone="138 0000 0001"), by=LI)
    assert [] == scene.refused(ChangeProfile("C2", phone="13800000003"), by=LI)


@pytest.mark.rule("P-02", "D-04")
def test_a_mobile_stands_in_for_a_phone_that_is_not_given():
    """Individuals reached by mobile alone are told apart by it, in whichever field it stands."""
    scene = Scene().given(Register("王伟", "individual", id="C1", mobile="13800138000"), by=LI)
    scene.given(Register("王伟", "individual", id="C2", mobile="13900139000"), by=LI)

    assert ["P-02 same-name"] == scene.refused(Register("王伟", "individual", phone="138 0013 8000"), by=WANG)
    assert ["P-02 same-name"] == scene.refused(Register("王 伟", "individual", mobile="13900139000"), by=WANG)
    assert ["P-02 same-name"] == scene.refused(ChangeProfile("C2", mobile="13800138000"), by=LI)
    assert [] == scene.refused(ChangeProfile("C2", mobile="13800138001"), by=LI)
    assert scene.customer("C2") == scene.crm.customers.by_name("王伟", "13900139000")


class TestPools:
    """Several pools (P-24)."""

    SEVERAL: ClassVar = {"customers.pools": ["public", "south"]}

    @pytest.mark.rule("P-24")
    def test_a_customer_is_registered_into_a_pool_by_name(self):
        """Each pool lists its own customers; without a name the first one is meant."""
        scene = Scene(self.SEVERAL).pool().pool(id="C2", name="靖江市春意贸易有限公司", pool="south")

        assert ["C1"] == [customer.id for customer in scene.crm.customers.in_pool()]
        assert ["C1"] == [customer.id for customer in scene.crm.customers.in_pool("public")]
        assert ["C2"] == [customer.id for customer in scene.crm.customers.in_pool("south")]

    @pytest.mark.rule("P-24")
    def test_a_customer_falls_back_into_its_own_pool(self):
        """By whatever way it comes back to a pool, it is the one it was registered for."""
        scene = Scene(self.SEVERAL).potential(pool="south").at(days=30)

        assert ["C1"] == [customer.id for customer in scene.crm.customers.in_pool("south")]
        scene.given(claim(), by=WANG).given(Abandon("C1", "no budget"), by=WANG)
        assert ["C1"] == [customer.id for customer in scene.crm.customers.in_pool("south")]
        assert [] == scene.crm.customers.in_pool()

    @pytest.mark.rule("P-24", "P-13")
    def test_a_released_customer_falls_back_into_its_own_pool(self):
        """A release leads there too."""
        scene = Scene(self.SEVERAL).formal(pool="south").given(Release("C1", "lost"), by=MANAGER)

        assert ["C1"] == [customer.id for customer in scene.crm.customers.in_pool("south")]

    @pytest.mark.rule("P-24")
    @pytest.mark.parametrize(("into", "who"), [("potential", LI), ("pool", MANAGER)])
    def test_an_unknown_pool_is_refused(self, into, who):
        """The refusal names the pools there are."""
        [refusal] = Scene(self.SEVERAL).refusals(register(into=into, pool="north"), by=who)

        assert ("P-24", "unknown-pool", {"known": "public, south"}) == (refusal.rule, refusal.code, refusal.params)

    @pytest.mark.rule("P-24")
    def test_there_is_one_pool_by_default(self):
        """The standard policy has one pool."""
        scene = Scene().potential()

        assert ("public",) == scene.crm.rules.pools
        assert "public" == scene.customer().pool
        assert [] == scene.crm.customers.in_pool(at=scene.start + MICROSECOND)
