"""What is on record of a customer (D-01, D-02, D-03, D-06, D-11, D-13)."""

from datetime import date, timedelta
from typing import Any

import pytest

from crmcore.customers import (
    COMMANDS,
    AddContact,
    ChangeContact,
    ChangeProfile,
    ContactDetails,
    Customer,
    Release,
    Sign,
)
from crmcore.customers.history import replay
from tests.customers.scene import (
    ADMIN,
    GUEST,
    IMPORT,
    LI,
    MANAGER,
    MONDAY,
    NAME,
    REVIEWER,
    SERVICE,
    WANG,
    ZHAO,
    Scene,
    claim,
    record,
    register,
)

NOTHING = ["D-13 nothing-to-change"]
OTHER_NAME = "靖江市春意贸易有限公司"


class TestNumbers:
    """Every customer has a number of its own (D-01)."""

    @pytest.mark.rule("D-01")
    def test_numbers_are_given_in_order(self):
        """Beside the technical id; a refused registration uses none up."""
        scene = Scene().potential()
        scene.refused(register(id="C2"), by=WANG)
        scene.given(register(id="C2", name=OTHER_NAME), by=WANG)

        assert ["KH-000001", "KH-000002"] == [scene.customer(id).number for id in ("C1", "C2")]
        found = scene.crm.customers.by_number("KH-000002")
        assert found is not None
        assert "C2" == found.id
        assert scene.crm.customers.by_number("KH-000003") is None

    @pytest.mark.rule("D-01")
    def test_policy_says_how_numbers_look(self):
        """Prefix and width."""
        scene = Scene({"customers.profile.number_prefix": "CRM", "customers.profile.number_width": 3}).potential()

        assert "CRM001" == scene.customer().number

    @pytest.mark.rule("D-01")
    def test_without_an_id_one_is_made(self):
        """Each time another."""
        scene = Scene()
        made = {scene.when(register(id=None, name=f"靖江市第{n}有限公司"), by=LI).customer.id for n in range(3)}

        assert 3 == len(made)

    @pytest.mark.rule("D-01")
    def test_an_id_is_given_once(self):
        """Whatever the name is."""
        assert ["D-01 id-taken"] == Scene().potential().refused(register(name=OTHER_NAME), by=WANG)

    @pytest.mark.rule("D-01")
    @pytest.mark.parametrize("kind", ["enterprise", "individual"])
    def test_a_customer_is_an_enterprise_or_an_individual(self, kind):
        """And stays what it was registered as."""
        assert kind == Scene().potential(kind=kind).customer().profile.kind


class TestProfile:
    """What is asked of a new customer (D-02)."""

    @pytest.mark.rule("D-02")
    @pytest.mark.parametrize("field", ["name", "address", "industry", "phone", "introduction"])
    @pytest.mark.parametrize("value", ["", "  ", None])
    def test_required_fields_are_asked_for(self, field, value):
        """Each of the five; nothing but spaces is nothing."""
        value = "" if field == "name" and value is None else value
        [refusal] = Scene().refusals(register(**{field: value}), by=LI)

        assert ("D-02", "required", {"fields": field}) == (refusal.rule, refusal.code, refusal.params)

    @pytest.mark.rule("D-02")
    def test_all_missing_fields_are_named_at_once(self):
        """In the order in which policy lists them."""
        [refusal] = Scene().refusals(register(phone=None, address=None), by=LI)

        assert "required on entry: address, phone" == refusal.message()

    @pytest.mark.rule("D-02")
    @pytest.mark.parametrize(
        ("overrides", "given", "expected"),
        [
            ({"customers.profile.required_enterprise": ["name"]}, {"address": None, "phone": None}, []),
            ({"customers.profile.required_enterprise": ["name", "size"]}, {}, ["D-02 required"]),
            ({"customers.profile.required_individual": ["name"]}, {"kind": "individual", "phone": None}, []),
            (
                {"customers.profile.required_individual": ["name", "phone"]},
                {"kind": "individual", "phone": None},
                ["D-02 required"],
            ),
        ],
    )
    def test_policy_says_what_is_required(self, overrides, given, expected):
        """Of enterprises and of individuals apart."""
        assert expected == Scene(overrides).refused(register(**given), by=LI)

    @pytest.mark.rule("D-02")
    @pytest.mark.parametrize("kind", ["enterprise", "individual"])
    def test_a_name_is_required_whatever_policy_says(self, kind):
        """A customer without one could not be told from others."""
        scene = Scene({"customers.profile.required_enterprise": [], "customers.profile.required_individual": []})

        assert ["D-02 required"] == scene.refused(register(kind=kind, name=" "), by=LI)

    @pytest.mark.rule("D-02")
    def test_everything_is_kept(self):
        """Without the spaces around it, the industry by its code; registrant and date are set by the system."""
        scene = Scene().potential(
            region="江苏",
            country="中国",
            industry=" 制造业 ",
            fax="0523-80000002",
            email=" info@chunyi.example ",
            website="https://chunyi.example",
            size="50-100",
            source="展会",
        )
        customer = scene.customer()
        profile = customer.profile

        assert ("li", scene.start) == (customer.registered_by, customer.registered_at)
        assert (NAME, "enterprise", "江苏", "中国", "manufacturing") == (
            profile.name,
            profile.kind,
            profile.region,
            profile.country,
            profile.industry,
        )
        assert ("0523-80000002", "info@chunyi.example", "https://chunyi.example", "50-100", "展会") == (
            profile.fax,
            profile.email,
            profile.website,
            profile.size,
            profile.source,
        )

    @pytest.mark.rule("D-02")
    @pytest.mark.parametrize("industry", ["养鸽子", "manufacturingg", "Z"])
    def test_an_industry_is_on_the_list(self, industry):
        """By code or label in either language."""
        assert ["D-02 unknown-industry"] == Scene().refused(register(industry=industry), by=LI)

    @pytest.mark.rule("D-02")
    @pytest.mark.parametrize(
        ("note", "expected"), [(None, ["D-02 note-required"]), (" ", ["D-02 note-required"]), ("养鸽", [])]
    )
    @pytest.mark.parametrize("other", ["other", "其他"])
    def test_industry_other_needs_a_note(self, other, note, expected):
        """Nothing but spaces is none."""
        assert expected == Scene().refused(register(industry=other, industry_note=note), by=LI)

    @pytest.mark.rule("D-02")
    def test_last_contact_and_trade_are_kept(self):
        """The time of the latest interaction, whenever it was recorded, and the day of the latest contract."""
        scene = Scene().potential()
        before = scene.customer().last_contact_at
        scene.at(days=5).given(record(held_at=MONDAY + timedelta(days=4)), by=LI)
        scene.given(record(held_at=MONDAY + timedelta(days=2)), by=LI)
        traded = (
            Scene().intent().given(Sign("C1", "HT-1", date(2026, 2, 1)), Sign("C1", "HT-2", date(2026, 1, 1)), by=LI)
        )

        assert before is None
        assert MONDAY + timedelta(days=4) == scene.customer().last_contact_at
        assert date(2026, 2, 1) == traded.customer().last_trade_on


class TestFullName:
    """An enterprise is registered under its full name (D-03)."""

    @pytest.mark.rule("D-03")
    @pytest.mark.parametrize(
        ("name", "part", "zh"),
        [
            ("靖江市春意空调", "organisation form", "组织形式"),
            ("江苏省有限公司", "brand", "字号"),
            ("Acme", "organisation form", "组织形式"),
        ],
    )
    def test_the_refusal_says_which_part_is_missing(self, name, part, zh):
        """In both languages."""
        [refusal] = Scene().refusals(register(name=name), by=LI)

        assert ("D-03", "not-a-full-name") == (refusal.rule, refusal.code)
        assert f"the {part} is missing" in refusal.message()
        assert f"缺少{zh}" in refusal.message("zh")

    @pytest.mark.rule("D-03")
    @pytest.mark.parametrize("name", [NAME, "Acme Tools Ltd", "Muster GmbH", "Société Exemple S.A.", "Sample, Inc."])
    def test_full_names_pass(self, name):
        """Latin names are as good."""
        assert [] == Scene().refused(register(name=name), by=LI)

    @pytest.mark.rule("D-03")
    def test_a_change_keeps_the_name_full(self):
        """It cannot be shortened afterwards."""
        assert ["D-03 not-a-full-name"] == Scene().potential().refused(ChangeProfile("C1", name="春意"), by=LI)

    @pytest.mark.rule("D-03")
    def test_individuals_and_other_policies_need_no_full_name(self):
        """Persons have none, and policy may do without."""
        scene = Scene().potential(kind="individual", name="王芳")
        free = Scene({"customers.profile.full_name": False})

        assert [] == scene.refused(ChangeProfile("C1", name="王小芳"), by=LI)
        assert [] == free.refused(register(name="春意"), by=LI)


class TestChanges:
    """Correcting and completing a profile (D-02)."""

    @pytest.mark.rule("D-02", "D-13")
    def test_what_is_not_named_stays(self):
        """A change replaces what it names, and an empty text empties."""
        scene = Scene().potential(region="江苏", size="50").given(ChangeProfile("C1", region=" 浙江 ", size=""), by=LI)
        profile = scene.customer().profile

        assert (NAME, "浙江", None, "manufacturing") == (profile.name, profile.region, profile.size, profile.industry)
        assert "profile-changed" == scene.events()[-1]

    @pytest.mark.rule("D-02")
    def test_an_industry_is_changed_by_code_or_label(self):
        """And kept by its code."""
        scene = Scene().potential().given(ChangeProfile("C1", industry="教育"), by=LI)

        assert "education" == scene.customer().profile.industry
        assert ["D-02 unknown-industry"] == scene.refused(ChangeProfile("C1", industry="养鸽子"), by=LI)

    @pytest.mark.rule("D-02")
    @pytest.mark.parametrize("field", ["name", "address", "industry", "phone", "introduction"])
    def test_what_is_required_cannot_be_emptied(self, field):
        """A change is no way around what entry asks for."""
        emptied: dict[str, Any] = {field: " "}

        assert ["D-02 required"] == Scene().potential().refused(ChangeProfile("C1", **emptied), by=LI)

    @pytest.mark.rule("D-02")
    def test_of_individuals_other_fields_are_required(self):
        """Their phone can be emptied."""
        scene = Scene().potential(kind="individual", name="王芳")

        assert [] == scene.refused(ChangeProfile("C1", phone=""), by=LI)
        assert ["D-02 required"] == scene.refused(ChangeProfile("C1", name=""), by=LI)

    @pytest.mark.rule("D-02")
    def test_an_optional_industry_can_be_emptied(self):
        """Where policy does not require it."""
        scene = Scene({"customers.profile.required_enterprise": ["name"]}).potential()
        scene.given(ChangeProfile("C1", industry=""), by=LI)

        assert scene.customer().profile.industry is None

    @pytest.mark.rule("D-02")
    def test_the_note_of_industry_other_cannot_be_emptied(self):
        """It is needed as long as the industry is other."""
        scene = Scene().potential(industry="other", industry_note="养鸽")

        assert ["D-02 note-required"] == scene.refused(ChangeProfile("C1", industry_note=""), by=LI)
        assert [] == scene.refused(ChangeProfile("C1", industry_note="养鸡"), by=LI)
        assert [] == scene.refused(ChangeProfile("C1", industry="教育", industry_note=""), by=LI)

    @pytest.mark.rule("D-02")
    def test_a_note_on_record_is_as_good_as_a_new_one(self):
        """Naming industry other again does not ask for it twice."""
        scene = Scene().potential(industry="other", industry_note="养鸽")

        assert [] == scene.refused(ChangeProfile("C1", industry="其他", size="50"), by=LI)

    @pytest.mark.rule("D-13")
    @pytest.mark.parametrize(
        "command",
        [
            ChangeProfile("C1"),
            ChangeProfile("C1", name=f" {NAME} "),
            ChangeProfile("C1", industry="制造业"),
            ChangeProfile("C1", size=" "),
        ],
        ids=["nothing", "name", "industry", "empty"],
    )
    def test_a_change_of_nothing_is_no_event(self, command):
        """It is refused instead."""
        assert NOTHING == Scene().potential().refused(command, by=LI)

    @pytest.mark.rule("A-01")
    @pytest.mark.parametrize(
        ("stage", "may"),
        [
            ("pool", {LI, ZHAO, WANG, MANAGER, ADMIN, IMPORT}),
            ("potential", {LI, ZHAO, SERVICE, MANAGER, ADMIN}),
            ("intent", {LI, ZHAO, SERVICE, MANAGER, ADMIN}),
            ("formal", {LI, ZHAO, SERVICE, MANAGER, ADMIN}),
        ],
    )
    def test_who_may_change(self, stage, may):
        """In the pool those who may claim, import or manage; elsewhere those who look after the customer."""
        scene = Scene()
        getattr(scene, stage)()
        everybody = {LI, ZHAO, WANG, REVIEWER, MANAGER, ADMIN, SERVICE, IMPORT, GUEST}
        commands = (ChangeProfile("C1", size="50"), AddContact("C1", ContactDetails("赵经理")))

        for command in commands:
            assert may == {who for who in everybody if not scene.refused(command, by=who)}


class TestContacts:
    """People at the customer's (D-06)."""

    WANG_JL = ContactDetails("王经理", mobile="13800000001", decision_role="decision maker", main=True)
    ZHAO_JL = ContactDetails("赵经理", email="zhao@chunyi.example", preferred_channel="wechat", payment_terms="30 天")

    @pytest.mark.rule("D-06")
    def test_contacts_are_numbered(self):
        """In the order in which they came, whoever added them."""
        scene = Scene().potential(contacts=(self.WANG_JL,)).given(AddContact("C1", self.ZHAO_JL), by=LI)

        assert [(1, self.WANG_JL, True), (2, self.ZHAO_JL, True)] == [
            (contact.number, contact.details, contact.active) for contact in scene.customer().contacts
        ]

    @pytest.mark.rule("D-06")
    def test_one_at_most_is_the_main_contact(self):
        """Two cannot come together, and a new one takes the place of the old one."""
        new = ContactDetails("赵经理", main=True)
        scene = Scene().potential(contacts=(self.WANG_JL, self.ZHAO_JL))

        assert ["D-06 one-main-contact"] == Scene().refused(register(contacts=(self.WANG_JL, new)), by=LI)
        scene.given(AddContact("C1", new), by=LI)
        assert [False, False, True] == [contact.details.main for contact in scene.customer().contacts]
        scene.given(ChangeContact("C1", 1, self.WANG_JL), by=LI)
        assert [True, False, False] == [contact.details.main for contact in scene.customer().contacts]

    @pytest.mark.rule("D-06")
    @pytest.mark.parametrize("name", ["", " "])
    def test_a_contact_has_a_name(self, name):
        """However it comes."""
        nameless = ContactDetails(name)
        scene = Scene().potential(contacts=(self.WANG_JL,))

        assert ["D-06 name-required"] == Scene().refused(register(contacts=(self.WANG_JL, nameless)), by=LI)
        assert ["D-06 name-required"] == scene.refused(AddContact("C1", nameless), by=LI)
        assert ["D-06 name-required"] == scene.refused(ChangeContact("C1", 1, nameless), by=LI)

    @pytest.mark.rule("D-06", "D-11")
    def test_who_has_left_is_kept(self):
        """As inactive, and can come back."""
        scene = Scene().potential(contacts=(self.WANG_JL,))
        scene.given(ChangeContact("C1", 1, self.WANG_JL, active=False), by=LI)
        left = scene.customer().contacts
        scene.given(ChangeContact("C1", 1, self.WANG_JL), by=LI)

        assert [(1, False)] == [(contact.number, contact.active) for contact in left]
        assert [(1, True)] == [(contact.number, contact.active) for contact in scene.customer().contacts]

    @pytest.mark.rule("D-06")
    @pytest.mark.parametrize("number", [0, 2, -1])
    def test_only_a_contact_on_record_can_be_changed(self, number):
        """The refusal repeats its number."""
        scene = Scene().potential(contacts=(self.WANG_JL,))
        [refusal] = scene.refusals(ChangeContact("C1", number, self.ZHAO_JL), by=LI)

        assert ("D-06", "unknown-contact", {"number": number}) == (refusal.rule, refusal.code, refusal.params)

    @pytest.mark.rule("D-06", "D-13")
    def test_a_change_of_nothing_is_no_event(self):
        """It is refused instead."""
        scene = Scene().potential(contacts=(self.WANG_JL,))

        assert NOTHING == scene.refused(ChangeContact("C1", 1, self.WANG_JL), by=LI)


class TestNothingIsLost:
    """Nothing is deleted, and everything can be read back (D-11, D-13)."""

    def busy(self) -> Scene:
        """A customer with a history of many kinds of events."""
        scene = Scene().formal(contacts=(ContactDetails("王经理"),)).given(Release("C1", "lost"), by=MANAGER)
        scene.at(days=1).given(claim(), by=WANG).given(ChangeProfile("C1", size="50"), by=WANG)
        return scene.at(days=2).given(record(), by=WANG).at(days=40)

    @pytest.mark.rule("D-11")
    def test_no_command_deletes(self):
        """There is none that could, but for the one that the law asks for: it blanks a person and keeps the rest."""
        assert ["erase"] == [
            name for name in COMMANDS if any(word in name for word in ("delete", "remove", "erase", "purge"))
        ]

    @pytest.mark.rule("D-11", "D-13")
    def test_a_history_only_grows(self):
        """Each command leaves what was there before as it was."""
        scene = Scene().intent()
        before = scene.crm.history("C1")
        scene.given(Sign("C1", "HT-1"), by=LI).given(Release("C1", "lost"), by=MANAGER)

        assert before == scene.crm.history("C1")[: len(before)]
        assert len(before) + 2 == len(scene.crm.history("C1"))

    @pytest.mark.rule("D-13")
    def test_every_change_says_who_when_and_what(self):
        """Numbered from one, in the order of time; what time did is the system's."""
        history = self.busy().crm.history("C1")

        assert list(range(1, len(history) + 1)) == [envelope.number for envelope in history]
        assert sorted(envelope.at for envelope in history) == [envelope.at for envelope in history]
        assert ["li", "li", "li", "rui", "li", "chen", "wang", "wang", "wang", "wang", "wang", "system"] == [
            envelope.by for envelope in history
        ]

    @pytest.mark.rule("D-13", "P-19")
    def test_a_replayed_history_gives_the_customer(self):
        """Nothing is known of a customer that its events do not say."""
        scene = self.busy()
        customer = scene.customer()

        assert customer == replay(scene.crm.history("C1"))
        assert len(scene.crm.history("C1")) == customer.version

    @pytest.mark.rule("D-13")
    def test_the_past_can_be_asked_for(self):
        """As of a time, a customer is what it was then."""
        scene = self.busy()
        seen: list[Customer] = [
            scene.crm.customer("C1", at=MONDAY + timedelta(days=days)) for days in (0, 1, 2, 30, 31)
        ]

        assert ["pool", "potential", "potential", "potential", "pool"] == [customer.stage.name for customer in seen]
        assert [None, "50"] == [seen[0].profile.size, seen[1].profile.size]
        assert [6, 10, 11, 11, 12] == [customer.version for customer in seen]
