"""What a policy says that its author can hardly have meant."""

from typing import Any

import pytest

from crmcore.app.policy import load_policy, preset_names
from crmcore.customers.lint import TEXTS, Finding, lint
from crmcore.customers.policy import CustomerPolicy, ProfilePolicy


def found(**overrides: Any) -> list[tuple[str, str]]:
    """Path and code of each finding in the standard policy with these sections changed."""
    paths = {
        f"customers.{section}.{name}": value for section, values in overrides.items() for name, value in values.items()
    }
    return [(finding.path, finding.code) for finding in lint(load_policy("standard", paths).customers)]


@pytest.mark.parametrize("preset", preset_names())
def test_the_presets_are_sound(preset):
    """There is nothing to find in them."""
    assert () == lint(load_policy(preset).customers)


class TestStages:
    """Stages that no customer can reach."""

    INTENT = (("stage intent", "unreachable-stage"), ("stage formal", "unreachable-stage"))

    @pytest.mark.parametrize(
        "overrides",
        [
            {"limits": {"potential": 0}},
            {"limits": {"total": 0}},
            {"limits": {"claims_per_day": 0}},
        ],
        ids=["potential", "total", "claims"],
    )
    @pytest.mark.rule("P-16")
    def test_where_nobody_may_claim_nothing_is_protected(self, overrides):
        """Into the pool customers can still come, and there they stay."""
        stages = [path for path, code in found(**overrides) if code == "unreachable-stage"]

        assert ["stage potential", "stage intent", "stage formal"] == stages

    @pytest.mark.parametrize(
        "overrides",
        [
            {"limits": {"intent": 0}},
            {"rights": {"apply-for-intent": []}},
            {"review": {"required": True}, "rights": {"approve-protection": []}},
        ],
        ids=["limit", "nobody-applies", "nobody-reviews"],
    )
    @pytest.mark.rule("P-05")
    def test_where_nobody_may_become_intent_nothing_is_signed(self, overrides):
        """Neither intent nor formal is ever reached."""
        assert [*self.INTENT] == [finding for finding in found(**overrides) if finding[1] == "unreachable-stage"]

    @pytest.mark.rule("P-05")
    @pytest.mark.parametrize("who", [[], ["owner"]], ids=["nobody", "owner"])
    def test_where_nobody_else_may_decide_nothing_is_approved(self, who):
        """Who applies does not decide."""
        assert [*self.INTENT, ("customers.rights.approve-intent", "nobody-decides")] == found(
            rights={"approve-intent": who}
        )

    @pytest.mark.rule("P-05")
    @pytest.mark.parametrize(("who", "sound"), [(["owner"], True), ([], False)])
    def test_where_people_decide_their_own_the_owner_is_enough(self, who, sound):
        """But somebody there must be."""
        findings = found(rights={"approve-intent": who}, requests={"own_decision": True})

        assert sound == (findings == [])

    @pytest.mark.rule("P-05")
    def test_where_approval_is_automatic_nobody_need_decide(self):
        """Applying is enough."""
        assert [] == found(rights={"approve-intent": []}, requests={"intent_approval": "automatic"})

    @pytest.mark.rule("P-10")
    def test_where_protections_are_reviewed_somebody_must(self):
        """Or all wait for ever."""
        findings = found(review={"required": True}, rights={"approve-protection": ["owner"]})

        assert ("customers.rights.approve-protection", "nobody-decides") in findings

    @pytest.mark.rule("P-11")
    def test_where_nobody_may_sign_nothing_is_formal(self):
        """The rest is reached."""
        assert [("stage formal", "unreachable-stage")] == found(rights={"sign": []})


@pytest.mark.parametrize(
    ("overrides", "path", "code"),
    [
        ({"rights": {"lock": ["manager", "anyone"]}}, "rights.lock", "matches-everyone"),
        ({"follow_ups": {"channels": []}}, "follow_ups.channels", "matches-everyone"),
        ({"protection": {"activity_days": 3}}, "protection.activity_days", "never-ends"),
        ({"protection": {"hard_cap_days": 60}}, "protection.hard_cap_days", "no-effect"),
        ({"protection": {"activity_days": 3, "hard_cap_days": 15}}, "protection.activity_days", "no-effect"),
        ({"agenda": {"reminder_days": 15}}, "agenda.reminder_days", "always-reminded"),
        ({"cool_down": {"team": True, "abandon_days": 0}}, "cool_down.team", "no-effect"),
        ({"requests": {"intent_extension_days": 5}}, "requests.intent_extension_days", "extension-within-hold"),
        ({"requests": {"potential_extension_days": 5}}, "requests.potential_extension_days", "extension-within-hold"),
        ({"limits": {"potential": 6, "total": 5}}, "limits.potential", "limit-unreachable"),
        ({"limits": {"intent": 6, "total": 5}}, "limits.intent", "limit-unreachable"),
        (
            {"limits": {"claims_per_day": 25, "claim_interval_minutes": 60}},
            "limits.claims_per_day",
            "limit-unreachable",
        ),
    ],
    ids=str,
)
def test_what_can_hardly_be_meant_is_found(overrides, path, code):
    """With its path and a code."""
    assert [(f"customers.{path}", code)] == found(**overrides)


@pytest.mark.parametrize(
    "overrides",
    [
        {"protection": {"activity_days": 3, "hard_cap_days": 45}},
        {"agenda": {"reminder_days": 14}},
        {"cool_down": {"team": True, "abandon_days": 0, "expiry_days": 1}},
        {"cool_down": {"team": True}},
        {"requests": {"intent_extension_days": 6}},
        {"requests": {"intent_extension_days": 1, "potential_extension_days": 1, "extensions_per_stage": 0}},
        {"limits": {"potential": 5, "intent": 5, "total": 5}},
        {"limits": {"potential": 5, "intent": 5}},
        {"limits": {"claims_per_day": 24, "claim_interval_minutes": 60}},
        {"limits": {"claims_per_day": 24}},
        {"rights": {"lock": ["owner"]}},
    ],
    ids=str,
)
def test_what_may_well_be_meant_is_not_found(overrides):
    """Just on the other side of each finding."""
    assert [] == found(**overrides)


@pytest.mark.rule("D-02")
@pytest.mark.parametrize("kind", ["required_enterprise", "required_individual"])
def test_requiring_nothing_is_found(kind):
    """Anybody could be registered without a word; a policy that refuses this altogether is as good."""
    nothing: dict[str, Any] = {kind: ()}
    findings = lint(CustomerPolicy(profile=ProfilePolicy(**nothing)))

    assert [Finding(f"customers.profile.{kind}", "matches-everyone", "warning")] == list(findings)


@pytest.mark.parametrize("code", TEXTS)
def test_findings_have_words_in_both_languages(code):
    """Led by the path."""
    finding = Finding("customers.x", code, "warning")

    assert finding.message().startswith("customers.x: ")
    assert finding.message().isascii()
    assert not finding.message("zh").isascii()


def test_errors_are_what_stops_the_business():
    """A stage out of reach, and decisions nobody makes; the rest are warnings."""
    overrides = {"customers.rights.approve-intent": [], "customers.agenda.reminder_days": 99}
    levels = {finding.code: finding.level for finding in lint(load_policy("standard", overrides).customers)}

    assert {"unreachable-stage": "error", "nobody-decides": "error", "always-reminded": "warning"} == levels
