"""Policies as data: presets, files, overrides, faults, and the stamp that stands on events."""

from pathlib import Path
from typing import Any

import attrs
import pytest

from crmcore.app.commands import COMMANDS
from crmcore.app.policy import RIGHTS, STANDARD, Policy, as_data, load_policy, policy_from, preset_names
from crmcore.customers import CustomField
from crmcore.customers.policy import CustomerPolicy, LimitPolicy
from crmcore.errors import Fault, PolicyInvalid, UnknownName
from crmcore.ratings import RATING_COMMANDS


@pytest.fixture
def write(tmp_path):
    """Write a policy file and give its path."""

    def written(text: str, name: str = "north.toml") -> Path:
        path = Path(tmp_path) / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def faults(data: object, overrides: dict[str, object] | None = None) -> list[Fault]:
    """The faults of a policy that cannot be used."""
    with pytest.raises(PolicyInvalid) as error:
        load_policy(data, overrides)  # type: ignore[arg-type]
    return list(error.value.faults)


def places(data: object) -> list[tuple[str, str]]:
    """Path and code of each fault."""
    return [(fault.path, fault.code) for fault in faults(data)]


class TestPresets:
    """The policies that come with the package."""

    def test_the_standard_preset_has_the_numbers_of_the_rules(self):
        """Thirty days, fifteen days, three days, no review; it is what the classes say by themselves."""
        policy = load_policy(STANDARD)

        assert (30, 15, 3, False) == (
            policy.customers.protection.potential_days,
            policy.customers.protection.intent_days,
            policy.customers.cool_down.abandon_days,
            policy.customers.review.required,
        )
        assert Policy() == policy

    def test_the_reviewed_preset_reviews(self):
        """And is the standard otherwise."""
        policy = load_policy("reviewed")
        standard = attrs.evolve(policy.customers, review=CustomerPolicy().review)

        assert ("reviewed", True, 3, 3) == (
            policy.name,
            policy.customers.review.required,
            policy.customers.review.working_days,
            policy.customers.review.public_working_days,
        )
        assert load_policy(STANDARD).customers == standard

    @pytest.mark.parametrize("name", preset_names())
    def test_every_preset_can_be_loaded(self, name):
        """Under its own name, each with a stamp of its own."""
        assert name == load_policy(name).name
        assert len(preset_names()) == len({load_policy(one).stamp for one in preset_names()})

    def test_an_unknown_preset_is_named(self):
        """With those there are."""
        with pytest.raises(UnknownName) as error:
            load_policy("stanard")

        assert ("preset", "stanard", ", ".join(preset_names())) == (
            error.value.what,
            error.value.name,
            error.value.known,
        )


class TestFiles:
    """Policies in TOML."""

    def test_a_file_says_what_differs(self, write):
        """All the rest is the standard's; the name is the file's unless it says otherwise."""
        policy = load_policy(write("[customers.protection]\npotential_days = 45"))

        assert ("north", 45, 15) == (
            policy.name,
            policy.customers.protection.potential_days,
            policy.customers.protection.intent_days,
        )
        assert "south" == load_policy(write('name = "south"')).name

    def test_a_file_may_extend_another_preset(self, write):
        """What it says goes before what the preset says."""
        path = write('extends = "reviewed"\nversion = "7"\n[customers.review]\nworking_days = 1')
        policy = load_policy(str(path))

        assert ("north", "7", True, 1, 3) == (
            policy.name,
            policy.version,
            policy.customers.review.required,
            policy.customers.review.working_days,
            policy.customers.review.public_working_days,
        )

    def test_lists_are_replaced_and_tables_merged(self, write):
        """A list in a file is the whole list."""
        policy = load_policy(
            write('[customers]\npools = ["a", "b"]\n[customers.rights]\nlock = ["owner"]'),
            {"customers.rights.unlock": ["owner"]},
        )

        assert ("a", "b") == policy.customers.pools
        assert {"lock": ("owner",), "unlock": ("owner",)} == policy.customers.rights

    def test_custom_fields_come_as_a_list_of_tables(self, write):
        """Each a declaration of its own."""
        text = '[[customers.custom_fields]]\nname = "level"\ntype = "choice"\nchoices = ["a", "b"]\nindexed = true'

        assert (CustomField("level", "choice", False, True, ("a", "b")),) == load_policy(
            write(text)
        ).customers.custom_fields

    def test_a_missing_file_is_named(self, tmp_path):
        """With the presets there are."""
        with pytest.raises(UnknownName) as error:
            load_policy(tmp_path / "none.toml")

        assert ("policy file", str(tmp_path / "none.toml")) == (error.value.what, error.value.name)

    def test_a_mark_of_the_byte_order_is_no_part_of_a_file(self, tmp_path):
        """Editors on Windows begin files with one."""
        path = tmp_path / "firm.toml"
        path.write_text('name = "firm"', encoding="utf-8-sig")

        assert "firm" == load_policy(path).name

    def test_what_is_no_toml_is_a_fault_of_the_file(self, write, tmp_path):
        """Be it the text or its encoding; and a folder is no file."""
        path = write("potential_days = = 45")
        odd = tmp_path / "odd.toml"
        odd.write_bytes('name = "北"'.encode("gb18030"))
        folder = tmp_path / "folder.toml"
        folder.mkdir()

        assert [(str(path), "bad-toml")] == places(path)
        with pytest.raises(PolicyInvalid, match=r"is not valid TOML \(expected TOML, but for: Invalid value"):
            load_policy(path)
        assert [(str(odd), "bad-toml")] == places(odd)
        for text in ("x = " + "[" * 20_000, "x = " + "1" * 5000):
            odd.write_text(text)
            assert [(str(odd), "bad-toml")] == places(odd)
        assert [(str(folder), "not-allowed")] == places(folder)

    @pytest.mark.parametrize("extends", [1, True, ["standard"]])
    def test_extends_is_a_name(self, extends):
        """Nothing else."""
        assert [("extends", "wrong-type")] == places({"extends": extends})

    def test_an_unknown_preset_to_extend_is_named(self):
        """As everywhere."""
        with pytest.raises(UnknownName, match="stanard"):
            policy_from({"extends": "stanard"})


class TestOverrides:
    """Single values by dotted path."""

    def test_an_override_goes_before_everything(self, write):
        """Before the file, and before the preset."""
        path = write("[customers.protection]\npotential_days = 45\nintent_days = 20")
        policy = load_policy(path, {"customers.protection.potential_days": 60, "zone": "UTC"})

        assert (60, 20, "UTC") == (
            policy.customers.protection.potential_days,
            policy.customers.protection.intent_days,
            policy.zone,
        )

    def test_a_policy_can_be_overridden(self):
        """It stays as it was; the other has another stamp."""
        policy = load_policy(STANDARD)
        other = load_policy(policy, {"customers.limits.total": 5})

        assert [None, 5] == [one.customers.limits.total for one in (policy, other)]
        assert policy.stamp != other.stamp

    def test_a_limit_can_be_taken_away(self):
        """None is no limit."""
        limited = load_policy(STANDARD, {"customers.limits.total": 5})

        assert load_policy(limited, {"customers.limits.total": None}).customers.limits.total is None

    @pytest.mark.parametrize(
        ("path", "value", "place"),
        [
            ("customers.protection.potential_day", 1, ("customers.protection.potential_day", "unknown-field")),
            ("customer.protection", {}, ("customer", "unknown-field")),
            ("", 1, ("", "unknown-field")),
            ("zone.x", 1, ("zone", "wrong-type")),
            ("customers", 1, ("customers", "wrong-type")),
        ],
    )
    def test_a_path_that_leads_nowhere_is_a_fault(self, path, value, place):
        """It would silently change nothing."""
        assert [place] == [(fault.path, fault.code) for fault in faults(STANDARD, {path: value})]


class TestFaults:
    """What a policy may not say, with the path and what is allowed there."""

    @pytest.mark.parametrize(
        ("path", "value", "code", "expected"),
        [
            ("customers.protection.potential_days", 0, "out-of-range", "a whole number from 1 to 3,650"),
            ("customers.protection.potential_days", 3651, "out-of-range", "a whole number from 1 to 3,650"),
            ("customers.protection.potential_days", "30", "wrong-type", "a whole number"),
            ("customers.protection.potential_days", True, "wrong-type", "a whole number"),
            ("customers.protection.intent_days", 1.5, "wrong-type", "a whole number"),
            ("customers.protection.end_of_day", 1, "wrong-type", "true or false"),
            ("customers.protection.on_transfer", "maybe", "not-allowed", "one of stays, restarts"),
            ("customers.requests.hold_working_days", -1, "out-of-range", "a whole number from 0 to 3,650"),
            ("customers.limits.total", -1, "out-of-range", "a whole number from 0 to 1,000,000"),
            ("customers.profile.number_width", 19, "out-of-range", "a whole number from 1 to 18"),
            ("customers.pools", "public", "wrong-type", "a list"),
            ("zone", "Asia/Peking", "not-allowed", "the name of a time zone, such as Asia/Shanghai"),
            ("name", "x" * 101, "too-long", "at most 100 characters"),
            ("calendar", 1, "wrong-type", "text"),
        ],
    )
    def test_a_value_out_of_place(self, path, value, code, expected):
        """Path, code and expectation; a message in each language says all three."""
        [fault] = faults(STANDARD, {path: value})

        assert (path, code, expected) == (fault.path, fault.code, fault.expected)
        assert path in fault.message("zh")

    def test_all_faults_come_at_once(self):
        """In one error."""
        data = {
            "zone": 1,
            "customers": {"protection": {"potential_days": 0}, "requests": {"intent_day": 1}, "pool": ["a"]},
        }

        assert {
            ("zone", "wrong-type"),
            ("customers.protection.potential_days", "out-of-range"),
            ("customers.requests.intent_day", "unknown-field"),
            ("customers.pool", "unknown-field"),
        } == set(places(data))

    @pytest.mark.rule("P-24")
    @pytest.mark.parametrize(("pools", "code"), [([], "empty"), ([""], "empty"), (["a", "b", "a"], "duplicate")])
    def test_pools_have_names_that_differ(self, pools, code):
        """And there is one at least."""
        assert ("customers.pools", code) in places({"customers": {"pools": pools}})

    @pytest.mark.rule("D-09")
    def test_custom_fields_have_names_that_differ(self):
        """Within one policy."""
        assert [("customers.custom_fields", "duplicate")] == places(
            {"customers": {"custom_fields": [{"name": "x"}, {"name": "x", "type": "date"}]}}
        )

    @pytest.mark.rule("D-09")
    def test_fields_of_contacts_differ_and_are_not_indexed(self):
        """A customer is found by its own fields."""
        assert [("customers.contact_fields", "duplicate"), ("customers.contact_fields", "not-allowed")] == places(
            {"customers": {"contact_fields": [{"name": "x"}, {"name": "x", "indexed": True}]}}
        )

    @pytest.mark.rule("D-09")
    def test_a_custom_field_s_faults_have_their_place(self):
        """In the list of them."""
        data = {"customers": {"custom_fields": [{"name": "x"}, {"name": "Y", "type": "choice"}]}}

        assert ["customers.custom_fields[1].name", "customers.custom_fields[1].choices"] == [
            fault.path for fault in faults(data)
        ]

    @pytest.mark.rule("D-02")
    def test_required_fields_are_fields_there_are(self):
        """A misspelt one could never be filled in."""
        [fault] = faults({"customers": {"profile": {"required_enterprise": ["name", "adress"]}}})

        assert "customers.profile.required_enterprise" == fault.path
        assert "address" in fault.expected

    @pytest.mark.rule("A-01")
    def test_rights_name_commands_and_roles_there_are(self):
        """Both are checked, and both faults are told."""
        found = faults({"customers": {"rights": {"protec": ["pre-sales"], "lock": ["boss"]}}})

        assert ["unknown-field", "not-allowed"] == [fault.code for fault in found]
        assert {"customers.rights"} == {fault.path.split("[")[0] for fault in found}

    @pytest.mark.rule("A-01")
    def test_every_command_is_a_right_to_give(self):
        """And registering into the pool is one of its own."""
        own = {"register-into-pool", "merge-decided", "export-person"}
        assert {*COMMANDS, *RATING_COMMANDS, *own} == set(RIGHTS)
        assert len(RIGHTS) == len(
            load_policy(STANDARD, {f"customers.rights.{name}": ["agent"] for name in RIGHTS}).customers.rights
        )


class TestStamp:
    """Name, version and digest, as they stand on events (P-22)."""

    @pytest.mark.rule("P-22")
    def test_a_stamp_tells_name_version_and_digest(self):
        """Twelve hexadecimal digits."""
        policy = load_policy(STANDARD, {"name": "north", "version": "2026-03"})

        assert f"north/2026-03#{policy.digest}" == policy.stamp
        assert 12 == len(policy.digest)
        assert 0 <= int(policy.digest, 16)

    @pytest.mark.rule("P-22")
    @pytest.mark.parametrize(
        ("path", "value"),
        [("customers.protection.potential_days", 31), ("zone", "UTC"), ("version", "2"), ("customers.limits.total", 0)],
    )
    def test_a_digest_differs_with_the_policy(self, path, value):
        """Whatever the difference is."""
        assert load_policy(STANDARD).digest != load_policy(STANDARD, {path: value}).digest

    @pytest.mark.rule("P-22")
    def test_a_digest_is_the_same_for_the_same_policy(self, write):
        """However it was put."""
        assert (
            load_policy(STANDARD, {"customers.protection.potential_days": 45}).digest
            == load_policy(write('name = "standard"\n[customers.protection]\npotential_days = 45')).digest
        )

    @pytest.mark.parametrize(
        "overrides",
        [
            {},
            {"customers.limits.total": 5, "customers.pools": ["a", "b"]},
            {"customers.rights": {"lock": ["owner"]}, "customers.custom_fields": [{"name": "x", "indexed": True}]},
        ],
    )
    def test_plain_data_of_a_policy_gives_the_policy(self, overrides):
        """Defaults included."""
        policy = load_policy(STANDARD, overrides)

        assert policy == policy_from(as_data(policy)) == load_policy(as_data(policy)) == load_policy(policy)


@pytest.mark.rule("P-16")
@pytest.mark.parametrize(
    "name", [attribute.name for attribute in attrs.fields(LimitPolicy) if attribute.name != "count_signed"]
)
def test_any_limit_is_a_limit(name):
    """Each of them alone makes it necessary to look up what somebody holds."""
    assert not LimitPolicy().any
    zero: dict[str, Any] = {name: 0}

    assert LimitPolicy(**zero).any
