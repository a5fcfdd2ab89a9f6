"""What is worth looking at in a matching policy."""

from typing import Any

import pytest

from crmcore.app.policy import load_policy, preset_names
from crmcore.customers.lint_matching import lint_matching
from crmcore.matching import MatchingPolicy


@pytest.mark.parametrize("preset", preset_names())
def test_the_shipped_policies_are_sound(preset: str) -> None:
    """Nothing to find."""
    assert () == lint_matching(load_policy(preset).matching)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"similar": "off", "same_phone": "open-existing"}, ["matching.same_phone no-effect"]),
        ({"similar": "off"}, []),
        ({"similar": "refuse", "warn": 94.0}, ["matching.similar no-effect"]),
        ({"indexes": ("full", "phone")}, ["matching.indexes nothing-similar"]),
        ({"indexes": ("full", "bg"), "same_phone": "open-existing"}, ["matching.same_phone no-effect"]),
        ({"owner_shown_to": ()}, ["matching.owner_shown_to shown-to-nobody"]),
        ({"owner_shown_to": ("manager",)}, []),
    ],
    ids=repr,
)
def test_what_has_no_effect_is_found(said: dict[str, Any], found: list[str]) -> None:
    """Each finding by its path and code, in both languages."""
    findings = lint_matching(MatchingPolicy(**said))

    assert found == [f"{one.path} {one.code}" for one in findings]
    assert all(one.level == "warning" and one.message() != one.message("zh") for one in findings)
