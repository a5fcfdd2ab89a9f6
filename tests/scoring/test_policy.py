"""Policies as data: what they refuse, how they are read and written, their digest and their versions."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
import pytest

from crmcore import Invalid, PolicyInvalid
from crmcore.kernel.refusals import Label
from crmcore.scoring import (
    Band,
    Categories,
    Category,
    Dimension,
    Factor,
    FirstMatch,
    Gap,
    Grade,
    Level,
    Matrix,
    Provenance,
    Rule,
    ScoringPolicy,
    Service,
    Sum,
    as_data,
    from_json,
    from_toml,
    in_effect,
    json_of,
    policy_from,
    shipped,
    toml_of,
)
from tests.scoring.made import DAY, NONE, NOW, UNKNOWN, banded, low_high, policy

THREE = (Grade("C"), Grade("B"), Grade("A"))


def faults(make: Any) -> list[tuple[str, str]]:
    """Path and code of each fault that making something raises."""
    with pytest.raises(Invalid) as caught:
        make()
    return [(fault.path, fault.code) for fault in caught.value.faults]


class TestParts:
    """What bands, categories, factors and ways of combining refuse."""

    @pytest.mark.parametrize(
        ("bands", "expected"),
        [
            ([(0, 1, "a")], [("bands[0].at", "not-allowed")]),
            ([(None, 1, "a"), (None, 1, "b")], [("bands[1].at", "missing")]),
            ([(None, 1, "a"), (5, 1, "b"), (5, 1, "c")], [("bands[2].at", "out-of-range")]),
            ([(None, 1, "a"), (5, 1, "b"), (4, 1, "c")], [("bands[2].at", "out-of-range")]),
            ([(None, 1, "a"), (5, 1, "a")], [("bands", "duplicate")]),
            ([(None, 1, "unknown")], [("bands", "duplicate")]),
            ([], [("bands", "not-allowed")]),
        ],
        ids=["closed", "two-open", "equal", "falling", "same-code", "code-of-missing", "none"],
    )
    def test_bands_cover_every_number_once(self, bands, expected):
        """The first band begins below everything, each next one higher, and codes differ."""
        assert expected == faults(lambda: banded("f", *bands))

    @pytest.mark.parametrize("at", [float("nan"), float("inf"), Decimal("NaN"), 1e30])
    def test_no_band_begins_at_what_is_no_number(self, at):
        """NaN and infinities are no edges."""
        assert [("at", "out-of-range")] == faults(lambda: Band(at, 0, "a"))

    @pytest.mark.parametrize(
        ("code", "expected"),
        [("", "missing"), ("a b", "not-allowed"), ("a.b", "not-allowed"), ("x" * 61, "not-allowed"), (3, "wrong-type")],
    )
    def test_codes_are_fit_for_paths(self, code, expected):
        """Spaces, dots and quotes would make paths ambiguous."""
        assert [("code", expected)] == faults(lambda: Band(None, 0, code))

    @pytest.mark.parametrize("points", [1.5, True, 2_000_000])
    def test_points_are_whole(self, points):
        """Points are whole numbers within bounds: so sums are exact."""
        assert ["points"] == [path for path, _ in faults(lambda: Band(None, points, "a"))]

    @pytest.mark.parametrize("weight", [-1, 1001, 0.00001, Decimal("NaN")])
    def test_weights_are_short_decimals(self, weight):
        """A weight is not negative and has four places at most."""
        assert ["out-of-range"] == [code for _, code in faults(lambda: low_high("f", weight=weight))]

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            (
                {"bands": (Band(None, 0, "a"),), "categories": Categories((), Band(None, 0, "other"))},
                [("bands", "not-allowed")],
            ),
            ({"missing": Band(1, 0, "x"), "bands": (Band(None, 0, "a"),)}, [("missing.at", "not-allowed")]),
            ({"params": {"days": 1.5}, "bands": (Band(None, 0, "a"),)}, [("params.days", "wrong-type")]),
        ],
        ids=["both", "missing-at", "params"],
    )
    def test_factors_are_definite(self, fields, expected):
        """Bands or categories, lacks without a range, parameters of plain kinds."""
        common: dict[str, Any] = {"key": "f", "source": "field", "missing": UNKNOWN, "not_applicable": NONE}

        assert expected == faults(lambda: Factor(**{**common, **fields}))

    @pytest.mark.parametrize(
        ("of", "other", "expected"),
        [
            ([(("a",), 1, "x"), (("a",), 1, "y")], NONE, [("of[1].values", "duplicate")]),
            ([(("a", "a"), 1, "x")], NONE, [("of[0].values", "duplicate")]),
            ([((), 1, "x")], NONE, [("of[0].values", "empty")]),
            ([], Band(0, 0, "other"), [("other.at", "not-allowed")]),
        ],
        ids=["twice", "twice-in-one", "empty", "other-at"],
    )
    def test_a_text_is_in_one_category(self, of, other, expected):
        """No value stands in two categories, none is empty, and the rest has no range."""
        assert expected == faults(lambda: Categories(tuple(Category(*one) for one in of), other))

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"own": True}, [("own", "not-allowed")]),
            ({"served_by": "king"}, [("served_by", "not-allowed")]),
            ({"contacts": 2}, [("days", "not-allowed")]),
            ({"response_minutes": 5, "response_working_days": 1}, [("response_working_days", "not-allowed")]),
            ({"hours": "always"}, [("hours", "not-allowed")]),
        ],
        ids=["own", "role", "cadence", "clocks", "hours"],
    )
    @pytest.mark.rule("G-07")
    def test_promises_are_definite(self, fields, expected):
        """A promise names a role, a whole cadence, one clock."""
        assert expected == faults(lambda: Service(**fields))

    @pytest.mark.parametrize(
        ("make", "expected"),
        [
            (lambda: Sum(5, 5), [("floor", "out-of-range")]),
            (lambda: Dimension("g", ()), [("levels", "empty")]),
            (lambda: Dimension("g", (Level("a"), Level("a", 3))), [("levels", "duplicate")]),
            (lambda: Dimension("g", (Level("a", 1),)), [("levels[0].at", "not-allowed")]),
            (FirstMatch, [("rules", "empty")]),
            (lambda: FirstMatch((Rule("A", {}),), "whatever"), [("overlaps", "not-allowed")]),  # type: ignore[arg-type]
            (lambda: Gap("weakest"), [("dimensions", "not-allowed")]),
            (lambda: Gap("refuse", {"f": {}}), [("dimensions", "not-allowed")]),
            (lambda: Gap("amount-led", {"f": {}}), [("lead", "not-allowed")]),
            (lambda: Gap("weakest", {"f": {}}, ("f",)), [("lead", "not-allowed")]),
            (lambda: Gap("weakest", {"f": {}}, (), ("f",)), [("lowered_by", "not-allowed")]),
            (lambda: Gap("amount-led", {"f": {}}, ("f",), ("f",)), [("lowered_by", "duplicate")]),
            (lambda: Gap("amount-led", {"f": {}}, ("f",), ("g",)), [("lowered_by", "not-allowed")]),
        ],
        ids=[
            "floor",
            "no-levels",
            "same-levels",
            "closed-levels",
            "no-rules",
            "overlaps",
            "weakest-of-none",
            "refused-dimensions",
            "no-lead",
            "needless-lead",
            "needless-lowered",
            "lead-lowers",
            "unknown-lowered",
        ],
    )
    def test_ways_of_combining_are_definite(self, make, expected):
        """What could not be carried out is refused at once."""
        assert expected == faults(make)

    def test_a_matrix_has_two_sides_and_known_cells(self):
        """A group is not set against itself, and cells stand where there are levels."""
        side, other = Dimension("one", (Level("low"),)), Dimension("two", (Level("low"),))

        assert [("columns.group", "duplicate")] == faults(lambda: Matrix(side, side, {}))
        assert [("cells", "unknown-field")] == faults(lambda: Matrix(side, other, {"high": {}}))
        assert [("cells.low", "unknown-field")] == faults(lambda: Matrix(side, other, {"low": {"high": "A"}}))


class TestWhole:
    """What a policy refuses between its parts."""

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"factors": ()}, [("factors", "empty")]),
            ({"factors": (low_high("f"), low_high("f"))}, [("factors", "duplicate")]),
            ({"grades": ()}, [("grades", "empty")]),
            ({"grades": (Grade("A"), Grade("A", 3))}, [("grades", "duplicate")]),
            ({"grades": (Grade("B"), Grade("A"))}, [("grades[1].at", "missing")]),
            ({"grades": (Grade("C"), Grade("B", 3), Grade("A", 3))}, [("grades[2].at", "out-of-range")]),
            ({"group_caps": {"x": 3}}, [("group_caps", "unknown-field")]),
            ({"group_caps": {"all": Decimal("NaN")}}, [("group_caps.all", "out-of-range")]),
            ({"zone": "Mars/Base"}, [("zone", "not-allowed")]),
            ({"combine": FirstMatch((Rule("A", {}),))}, [("grades[1].at", "not-allowed")]),
            ({"effective_from": datetime(2026, 1, 1)}, [("effective_from", "naive-time")]),  # noqa: DTZ001
        ],
    )
    def test_parts_fit_each_other(self, fields, expected):
        """Names differ, grades begin one above the other, caps and zones exist."""
        common: dict[str, Any] = {
            "id": "p",
            "version": "1",
            "subject": "customer",
            "factors": (low_high("f"),),
            "grades": (Grade("B"), Grade("A", 10)),
        }

        assert expected == faults(lambda: ScoringPolicy(**{**common, **fields}))

    def test_a_matrix_asks_groups_and_gives_grades_there_are(self):
        """Groups without factors and unknown grades are named by their path."""
        matrix = Matrix(Dimension("one", (Level("low"),)), Dimension("two", (Level("low"),)), {"low": {"low": "Z"}})

        assert [
            ("combine.columns.group", "not-allowed"),
            ("combine.cells.low.low", "not-allowed"),
        ] == faults(lambda: policy(low_high("f", group="one"), grades=THREE, combine=matrix))

    @pytest.mark.parametrize(
        ("combine", "expected"),
        [
            (FirstMatch((Rule("Z", {}),)), [("combine.rules[0].grade", "not-allowed")]),
            (FirstMatch((Rule("A", {"g": ("low",)}),)), [("combine.rules[0].when", "unknown-field")]),
            (FirstMatch((Rule("A", {"f": ("mid",)}),)), [("combine.rules[0].when.f", "not-allowed")]),
            (FirstMatch((Rule("A", {"f": ()}),)), [("combine.rules[0].when.f", "empty")]),
            (FirstMatch(gap=Gap("weakest", {"g": {}})), [("combine.gap.dimensions", "unknown-field")]),
            (FirstMatch(gap=Gap("weakest", {"f": {"mid": "A"}})), [("combine.gap.dimensions.f", "unknown-field")]),
            (FirstMatch(gap=Gap("weakest", {"f": {"low": "Z"}})), [("combine.gap.dimensions.f.low", "not-allowed")]),
        ],
    )
    def test_rules_name_what_there_is(self, combine, expected):
        """Rules and gap rules name factors, codes and grades of the policy."""
        assert expected == faults(lambda: policy(low_high("f"), grades=THREE, combine=combine))

    def test_parts_are_found_by_name(self):
        """Factors and grades by their codes; a grade's rank from the worst."""
        made = policy(low_high("f"))

        assert "f" == made.factor("f").key
        assert (Grade("A", 10), 1) == (made.grade("A"), made.rank("A"))
        with pytest.raises(KeyError):
            made.grade("Z")

    def test_labels_fall_back_to_codes(self):
        """What has no label is called by its code."""
        made = policy(low_high("f"), labels={"f": Label("size", "规模")})

        assert (Label("size", "规模"), Label("high", "high")) == (made.label("f"), made.label("f.high"))


class TestDigest:
    """The digest follows from what decides."""

    def test_wording_is_not_in_it(self):
        """Labels decide nothing, so they do not change the digest; the policies differ all the same."""
        one, other = policy(low_high("f")), policy(low_high("f"), labels={"f": Label("size", "规模")})

        assert one.digest == other.digest
        assert one != other

    @pytest.mark.parametrize(
        "fields",
        [
            {"version": "2"},
            {"subject": "lead"},
            {"zone": "UTC"},
            {"group_caps": {"all": 5}},
            {"combine": Sum(0)},
            {"effective_from": NOW},
            {"provenance": Provenance(note="By hand.")},
        ],
    )
    @pytest.mark.rule("G-06")
    def test_everything_else_is(self, fields):
        """Whatever else differs makes another digest."""
        assert policy(low_high("f")).digest != policy(low_high("f"), **fields).digest

    def test_how_a_number_is_written_is_not_in_it(self):
        """0.40 and 0.4 are one weight."""
        one, other = (policy(low_high("f", weight=weight)) for weight in (Decimal("0.40"), 0.4))

        assert (one, one.digest) == (other, other.digest)
        assert f"made/1#{one.digest}" == one.stamp


class TestReading:
    """Files: their faults, and what comes back."""

    TEXT = toml_of(
        policy(
            low_high("f", 100.5, weight=0.4),
            Factor(
                key="g",
                source="field",
                params={"name": "g"},
                missing=UNKNOWN,
                not_applicable=NONE,
                categories=Categories((Category(("东", 'a"b\\'), 3, "e"),), Band(None, 0, "other")),
            ),
            labels={"f": Label("size", "规模"), "f.high": Label("a\x7fb", "高")},
            effective_from=NOW,
            provenance=Provenance("fitted", start=NOW, n=300, auc=0.8125),
        )
    )

    @pytest.mark.rule("G-06")
    def test_everything_comes_back(self):
        """Texts in both scripts, numbers, times and odd characters survive TOML and JSON."""
        read = from_toml(self.TEXT)

        assert self.TEXT == toml_of(read)
        assert read == from_json(json_of(read)) == policy_from(as_data(read)) == policy_from(json.loads(json_of(read)))
        assert Decimal("100.5") == read.factors[0].bands[1].at

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("at = 100.5", "at = nan", ("factors[0].bands[1].at", "wrong-type")),
            ("at = 100.5", "at = inf", ("factors[0].bands[1].at", "wrong-type")),
            ("at = 100.5", 'at = "soon"', ("factors[0].bands[1].at", "wrong-type")),
            ("at = 100.5", "at = true", ("factors[0].bands[1].at", "wrong-type")),
            ("at = 100.5", 'at = "100.5"', ("factors[0].bands[1].at", "wrong-type")),
            ("weight = 0.4", 'weight = "0.4"', ("factors[0].weight", "wrong-type")),
            ("weight = 0.4", 'weight = "1"', ("factors[0].weight", "wrong-type")),
            ("auc = 0.8125", 'auc = "0.8125"', ("provenance.auc", "wrong-type")),
            ("at = 100.5", "at = 1e30", ("factors[0].bands[1].at", "out-of-range")),
            ("weight = 0.4", "weight = -0.4", ("factors[0].weight", "out-of-range")),
            ("points = 10", "points = 1.5", ("factors[0].bands[1].points", "wrong-type")),
            ('key = "g"', 'kee = "g"', ("factors[1].key", "missing")),
            ('id = "made"', "id = 3", ("id", "wrong-type")),
            ('version = "1"', "", ("version", "missing")),
            ('code = "A"', 'code = "B"', ("grades", "duplicate")),
            ('code = "A"', 'code = ""', ("grades[1].code", "missing")),
            ('kind = "fitted"', 'kind = "guessed"', ("provenance.kind", "not-allowed")),
            ("n = 300", "n = -1", ("provenance.n", "out-of-range")),
        ],
    )
    @pytest.mark.rule("G-06")
    def test_faults_name_path_and_kind(self, old, new, expected):
        """Each slip in a file is named by its path, by what is wrong, and by what would be right."""
        assert old in self.TEXT
        with pytest.raises(PolicyInvalid) as caught:
            from_toml(self.TEXT.replace(old, new))

        assert expected in [(fault.path, fault.code) for fault in caught.value.faults]
        assert all(fault.expected for fault in caught.value.faults)

    @pytest.mark.parametrize(
        ("combine", "expected"),
        [
            (3, [("combine", "wrong-type")]),
            ({}, [("combine.method", "missing")]),
            ({"method": "vote"}, [("combine.method", "not-allowed")]),
            ({"method": 3}, [("combine.method", "not-allowed")]),
            ({"method": "sum", "top": 3}, [("combine.top", "unknown-field")]),
            ({"method": "sum", "floor": "x"}, [("combine.floor", "wrong-type")]),
            ({"method": "sum", "floor": "3"}, [("combine.floor", "wrong-type")]),
            ({"method": "first-match", "rules": [{"grade": "A"}]}, [("combine.rules[0].when", "missing")]),
        ],
    )
    def test_the_method_decides_what_combine_may_say(self, combine, expected):
        """The way of combining is named, and has its own fields."""
        data = {**as_data(policy(low_high("f"))), "combine": combine}

        assert expected == faults(lambda: policy_from(data))

    @pytest.mark.parametrize("said", [[1], None, "x", 3], ids=repr)
    def test_a_policy_is_an_object(self, said):
        """Whatever else it is made of is refused as a whole."""
        assert [("(all)", "wrong-type")] == faults(lambda: policy_from(said))

    def test_a_number_is_no_text(self):
        """Caps are numbers, too, and each fault is told: policies on record are written so."""
        data = {**as_data(policy(low_high("f"), group_caps={"all": 5}, combine=Sum(0, 5))), "group_caps": {"all": "5"}}
        data["combine"] = {"method": "sum", "floor": "0", "ceiling": 5}

        assert [("group_caps[all]", "wrong-type"), ("combine.floor", "wrong-type")] == faults(lambda: policy_from(data))

    def test_all_faults_are_told_at_once(self):
        """Faults in ``combine`` and elsewhere come together."""
        data = {**as_data(policy(low_high("f"))), "combine": {"method": "vote"}, "zone": 3}

        assert [("combine.method", "not-allowed"), ("zone", "wrong-type")] == faults(lambda: policy_from(data))

    @pytest.mark.parametrize(
        ("read", "text", "code"),
        [
            (from_toml, "id = ", "bad-toml"),
            (from_json, "{", "bad-json"),
            (from_json, "[]", "wrong-type"),
            (from_json, "[" * 100_000, "bad-json"),
            (from_json, '{"id":' * 100_000, "bad-json"),
            (from_json, '{"id": ' + "1" * 5000 + "}", "bad-json"),
            (from_json, '{"id": 1e99999999999999999999}', "bad-json"),
            (from_json, r'{"id": "\ud800"}', "bad-json"),
            (from_json, r'{"\ud800": 1}', "bad-json"),
            (from_toml, "id = " + "[" * 20_000, "bad-toml"),
            (from_toml, "id = " + "1" * 5000, "bad-toml"),
            (from_toml, "id = 1e99999999999999999999", "bad-toml"),
            (from_toml, r'id = "\ud800"', "bad-toml"),
        ],
        ids=lambda given: given[:20] if isinstance(given, str) else None,
    )
    def test_what_is_no_document_is_refused(self, read, text, code):
        """Text that is no TOML or JSON object at all."""
        assert [code] == [found for _, found in faults(lambda: read(text))]

    @pytest.mark.parametrize(("read", "written"), [(from_toml, toml_of), (from_json, json_of)])
    def test_a_mark_of_the_byte_order_is_no_part_of_it(self, read, written):
        """Editors on Windows begin files with one."""
        made = policy(low_high("f"))

        assert made == read("\ufeff" + written(made))

    def test_what_is_wrong_with_a_document_is_told(self):
        """As what is expected of it, but for that."""
        with pytest.raises(PolicyInvalid, match=r"is not valid TOML \(expected TOML, but for: Invalid value"):
            from_toml("id = ")

    def test_data_is_not_endlessly_deep(self):
        """Nesting is bounded, so that no file can exhaust the stack."""
        deep: Any = 1
        for _ in range(500):
            deep = [deep]

        assert [("(all)", "out-of-range")] == faults(lambda: policy_from({"id": deep}))

    def test_messages_come_in_both_languages(self):
        """What an author reads names the path in either language."""
        with pytest.raises(PolicyInvalid) as caught:
            from_toml(self.TEXT.replace("at = 100.5", 'at = "x"'))

        assert caught.value.message("en").startswith("factors[0].bands[1].at: has the wrong type (expected a number")
        assert caught.value.message("zh").startswith("factors[0].bands[1].at：类型不对")

    def test_defaults_are_left_out(self):
        """A file says what its author said, and not what nobody thought of."""
        assert {"id", "version", "subject", "factors", "grades"} == set(as_data(policy(low_high("f"))))


class TestVersions:
    """Which version of a policy is in effect."""

    def test_the_last_to_begin_is_in_effect(self):
        """A version holds from its moment on until the next; one without a moment held before them all."""
        first = policy(low_high("f"))
        second = attrs.evolve(first, version="2", effective_from=NOW)
        third = attrs.evolve(first, version="3", effective_from=NOW + timedelta(days=1))
        all_three = (third, first, second)

        found = [in_effect(all_three, NOW + timedelta(hours=hours)) for hours in (-1, 0, 23, 24)]

        assert ["1", "2", "2", "3"] == [one.version for one in found if one]

    @pytest.mark.rule("G-06")
    def test_a_policy_is_the_same_however_its_times_are_written(self):
        """A moment with another offset is the same moment: the digest is the same, and survives a file."""
        here = attrs.evolve(policy(low_high("f")), effective_from=NOW, provenance=Provenance(start=NOW, end=NOW + DAY))
        zone = timezone(timedelta(hours=8))
        told = Provenance(start=NOW.astimezone(zone), end=(NOW + DAY).astimezone(zone))
        there = attrs.evolve(here, effective_from=NOW.astimezone(zone), provenance=told)

        assert here.digest == there.digest == from_toml(toml_of(there)).digest

    def test_before_any_there_is_none(self):
        """Nothing is in effect before the first version begins."""
        later = attrs.evolve(policy(low_high("f")), effective_from=datetime(2027, 1, 1, tzinfo=UTC))

        assert in_effect([later], NOW) is None
        assert in_effect([], NOW) is None

    def test_of_two_that_begin_together_the_later_given_counts(self):
        """A correction given after the version it corrects takes its place."""
        first = shipped("health")

        assert "1b" == getattr(in_effect([first, attrs.evolve(first, version="1b")], NOW), "version", None)
