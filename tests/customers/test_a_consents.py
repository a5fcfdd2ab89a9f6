"""For what people's data may be used, as commands and as a list of whom nothing covers (A-03)."""

from datetime import timedelta

import pytest

from crmcore.app.crm import CRM
from crmcore.app.policy import load_policy
from crmcore.customers import AddContact, ChangeContact, ContactDetails, WithdrawConsent
from crmcore.customers.persons import PersonAt
from crmcore.errors import Invalid, PolicyInvalid
from tests.customers.privacy import ANNA, BOB, LEGAL, PURPOSES, consent, erase, firm, person
from tests.customers.scene import GUEST, LI, MANAGER, MONDAY, WANG, Scene, register


def uncovered(scene: Scene, **ahead: float) -> list[tuple[str, int | None]]:
    """Whose data may be used for nothing, now or so much later."""
    found = scene.crm.privacy.without_purpose(at=scene.now + timedelta(**ahead), size=1)
    return [(one.customer, one.contact) for one in found]


def withdrawal(purpose: str = "service", contact: int | None = 1) -> WithdrawConsent:
    """What was given for a purpose is taken back."""
    return WithdrawConsent(customer="C1", purpose=purpose, contact=contact)


class TestRecording:
    """Giving and withdrawing (A-03)."""

    @pytest.mark.rule("A-03")
    def test_what_is_on_record(self):
        """Who, for what, on what basis, since when, until when, and where the proof is."""
        scene = firm().at(days=1).given(consent(basis="contract", evidence="合同7", given_at=MONDAY), by=LI)
        [recorded] = scene.customer().file.consents

        assert (1, "service", "contract", MONDAY, None, "合同7") == (
            recorded.contact,
            recorded.purpose,
            recorded.basis,
            recorded.given_at,
            recorded.until,
            recorded.evidence,
        )

    @pytest.mark.rule("A-03")
    def test_policy_says_how_long_it_holds(self):
        """Unless the command does."""
        scene = firm().given(consent(purpose="marketing"), by=LI)
        scene.given(consent(purpose="marketing", until=MONDAY + timedelta(days=3)), by=LI)

        assert [MONDAY + timedelta(days=30), MONDAY + timedelta(days=3)] == [
            one.until for one in scene.customer().file.consents
        ]

    @pytest.mark.rule("A-03")
    def test_withdrawing_ends_all_that_held_for_the_purpose(self):
        """From that moment; other purposes, other people and what had ended before stay as they were."""
        scene = firm().given(consent(), consent(purpose="marketing"), consent(contact=2), consent(), by=LI)
        scene.at(days=1).given(withdrawal(), by=LI)
        ends = [one.withdrawn_at for one in scene.customer().file.consents]

        assert [scene.now, None, None, scene.now] == ends
        assert ["A-03 no-consent"] == scene.refused(withdrawal(), by=LI)
        assert [] == list(scene.crm.verify())

    @pytest.mark.rule("A-03")
    def test_there_must_be_something_to_withdraw(self):
        """Otherwise it is not even among what one can do."""
        scene = firm()

        assert ["A-03 no-consent"] == scene.refused(withdrawal(), by=LI)
        assert WithdrawConsent not in scene.crm.can("C1", actor=LI)

    @pytest.mark.rule("A-03")
    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"purpose": "resale"}, "unknown-purpose"),
            ({"purpose": "marketing", "basis": "contract"}, "basis-not-allowed"),
            ({"given_at": MONDAY + timedelta(days=1)}, "given-later"),
            ({"until": MONDAY}, "lapsed"),
            ({"purpose": "marketing", "given_at": MONDAY - timedelta(days=30)}, "lapsed"),
            ({"contact": None}, "not-a-person"),
        ],
    )
    def test_what_is_refused(self, given, code):
        """By the rule, and with what would be right."""
        assert [f"A-03 {code}"] == firm().refused(consent(**given), by=LI)

    @pytest.mark.rule("A-03", "D-06")
    def test_of_whom_there_is_not(self):
        """A contact has to be on record; without purposes in the policy there is nothing to record."""
        assert ["D-06 unknown-contact"] == firm().refused(consent(contact=9), by=LI)
        assert ["A-03 unknown-purpose"] == Scene().potential(contacts=(ANNA,)).refused(consent(), by=LI)
        assert ["A-03 nobody", "D-06 unknown-contact"] == Scene(PURPOSES).potential().refused(consent(), by=LI)

    @pytest.mark.rule("A-03", "A-01")
    def test_who_may(self):
        """Who looks after the customer, and legal."""
        refused = [firm().refused(consent(), by=who) for who in (LI, MANAGER, LEGAL, WANG, GUEST)]

        assert [[], [], [], ["A-01 not-permitted"], ["A-01 not-permitted"]] == refused

    @pytest.mark.rule("A-03")
    def test_purposes_have_names_of_their_own(self):
        """Twice the same is no policy."""
        with pytest.raises(PolicyInvalid) as error:
            load_policy("standard", {"customers.privacy.purposes": [{"name": "a"}, {"name": "a"}]})

        assert [("customers.privacy.purposes", "duplicate")] == [
            (fault.path, fault.code) for fault in error.value.faults
        ]


class TestReport:
    """Data without a valid purpose (A-03)."""

    @pytest.mark.rule("A-03")
    def test_every_person_is_looked_at(self):
        """Contacts of enterprises, who have left too, individuals themselves and their contacts."""
        scene = firm().given(register(id="C2", name="甲", kind="individual", contacts=(BOB,)), by=LI)
        scene.given(ChangeContact("C1", 2, BOB, active=False), by=LI)

        assert [("C1", 1), ("C1", 2), ("C2", None), ("C2", 1)] == uncovered(scene)
        scene.given(consent(), consent(customer="C2", contact=None), by=LI)
        assert [("C1", 2), ("C2", 1)] == sorted(uncovered(scene))

    @pytest.mark.rule("A-03")
    def test_what_lapses_is_found_from_that_moment(self):
        """And not a moment before, without anything having run in between."""
        scene = Scene(PURPOSES).potential(contacts=(ANNA,)).given(consent(purpose="marketing"), by=LI)

        assert [] == uncovered(scene, days=30, microseconds=-1)
        assert [("C1", 1)] == uncovered(scene, days=30)

    @pytest.mark.rule("A-03")
    def test_what_is_withdrawn_is_found_at_once(self):
        """Unless another purpose goes on."""
        scene = Scene(PURPOSES).potential(contacts=(ANNA,)).given(consent(), consent(purpose="marketing"), by=LI)

        assert [] == uncovered(scene.given(withdrawal(), by=LI))
        assert [("C1", 1)] == uncovered(scene.given(withdrawal("marketing"), by=LI))

    @pytest.mark.rule("A-03")
    def test_who_has_been_erased_is_not(self):
        """Nothing is held on such a person."""
        scene = firm().given(erase(contact=1), by=MANAGER)

        assert [("C1", 2)] == uncovered(scene)
        assert [] == uncovered(person().given(erase(), by=MANAGER))

    @pytest.mark.rule("A-03", "P-19")
    def test_it_is_asked_of_an_index(self):
        """Only customers with somebody uncovered are read, in the order in which that came about."""
        scene = Scene(PURPOSES)
        for number in range(5):
            scene.given(register(id=f"C{number}", name=f"上海第{number}贸易有限公司"), by=LI)
            scene.at(hours=number)
        scene.given(*(AddContact(f"C{number}", ContactDetails("甲")) for number in (3, 1)), by=LI)

        assert [("C1", 1), ("C3", 1)] == uncovered(scene)
        with scene.crm.store.begin() as uow:
            rows = uow.get("customer", [f"C{number}" for number in range(5)])
        assert [False, True, False, True, False] == [row.columns["lapses_at"] is not None for row in rows]

    @pytest.mark.rule("A-03")
    def test_without_purposes_there_is_no_such_list(self):
        """It says so, rather than that all is well."""
        with pytest.raises(Invalid) as error:
            list(Scene().crm.privacy.without_purpose())

        assert [("customers.privacy.purposes", "empty")] == [(fault.path, fault.code) for fault in error.value.faults]

    @pytest.mark.rule("A-03", "P-22")
    def test_purposes_that_come_later_need_an_index(self):
        """As a custom field does that becomes searchable."""
        scene = Scene().potential(contacts=(ANNA,))
        policy = load_policy("standard", PURPOSES)
        with_purposes = CRM.open(scene.crm.store, policy=policy, clock=lambda: scene.now)

        assert [] == list(with_purposes.privacy.without_purpose())
        assert 1 == with_purposes.reindex()
        assert [PersonAt("C1", 1)] == list(with_purposes.privacy.without_purpose())
        assert [] == list(with_purposes.verify())
