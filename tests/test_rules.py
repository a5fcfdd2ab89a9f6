"""The rules of the domain, the policy fields that set them and the tests that show them stay together."""

from pathlib import Path

import pytest

from docs._tools import rules

TWO_RULES = """
[P-07]
en = "A pending request holds the fall."
zh = "待审申请可暂缓掉入公海。"
policy = []

[P-08]
en = "Who abandons waits."
zh = "放弃者须等待。"
policy = []
"""


@pytest.fixture
def write(tmp_path: Path):
    """Write a small project of tests, and give back the folder they stand in."""

    def write(**modules: str) -> Path:
        """Write each module to a file; two underscores in its name part folder and file."""
        folder = tmp_path / "tests"
        for name, text in modules.items():
            path = folder / name.replace("__", "/")
            path = path.with_name(f"test_{path.name}.py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def two_rules(tmp_path):
    """Give two rules as they are read from the file of rules."""
    path = tmp_path / "rules.toml"
    path.write_text(TWO_RULES, encoding="utf-8")
    return rules.read_rules(path)


def test_table_is_current():
    """The published table is what rules.toml, the policy and the tests give now, and no rule lacks a test."""
    assert [] == rules.check()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("@pytest.mark.rule('P-07')\ndef test_a(): ...", {"P-07": ["test_m.py::test_a"]}),
        (
            "@pytest.mark.rule('P-07', 'P-08')\nasync def test_a(): ...",
            {"P-07": ["test_m.py::test_a"], "P-08": ["test_m.py::test_a"]},
        ),
        (
            "@pytest.mark.rule('P-07')\n@pytest.mark.rule('P-08')\ndef test_a(): ...",
            {"P-07": ["test_m.py::test_a"], "P-08": ["test_m.py::test_a"]},
        ),
        ("pytestmark = pytest.mark.rule('P-07')\ndef test_a(): ...", {"P-07": ["test_m.py::test_a"]}),
        (
            "pytestmark: list = [pytest.mark.slow, pytest.mark.rule('P-07')]\ndef test_a(): ...\ndef test_b(): ...",
            {"P-07": ["test_m.py::test_a", "test_m.py::test_b"]},
        ),
        (
            "@pytest.mark.rule('P-07')\nclass TestA:\n    def test_a(self): ...\n    def helper(self): ...",
            {"P-07": ["test_m.py::TestA::test_a"]},
        ),
        (
            "class TestA:\n    pytestmark = [pytest.mark.rule('P-07')]\n    def test_a(self): ...",
            {"P-07": ["test_m.py::TestA::test_a"]},
        ),
        (
            "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.rule('P-07'))])\ndef test_a(x): ...",
            {"P-07": ["test_m.py::test_a"]},
        ),
        ("TestA = pytest.mark.rule('P-07')(Machine.TestCase)", {"P-07": ["test_m.py::TestA"]}),
        ("pytestmark = pytest.mark.rule('P-07')\nTestA = Machine.TestCase", {"P-07": ["test_m.py::TestA"]}),
        ("@pytest.mark.rule('P-07')\ndef helper(): ...\n@pytest.mark.slow('P-08')\ndef test_a(): ...", {}),
    ],
    ids=[
        "one",
        "several",
        "stacked",
        "module",
        "module-list",
        "class",
        "class-pytestmark",
        "param",
        "machine",
        "module-machine",
        "none",
    ],
)
def test_marks_are_found_wherever_they_stand(write, source, expected):
    """A mark on a function, class, module, parameter or state machine names the tests it holds for."""
    assert expected == rules.find_tests(write(m=source))


def test_tests_are_listed_by_folder(write):
    """Tests of several folders come in the order of their paths."""
    folder = write(b="@pytest.mark.rule('P-07')\ndef test_b(): ...", a__c="@rule('P-07')\ndef test_c(): ...")

    assert {"P-07": ["a/test_c.py::test_c", "test_b.py::test_b"]} == rules.find_tests(folder)


def test_computed_rule_ids_are_refused(write):
    """A mark whose rule id is computed cannot be read without running it, and is refused with its place."""
    folder = write(m="\n@pytest.mark.rule(RULE)\ndef test_a(): ...")

    with pytest.raises(rules.RulesError, match=r"^test_m\.py:2: "):
        rules.find_tests(folder)


def test_rule_without_a_test_is_reported(two_rules):
    """A rule that no test shows is a fault."""
    assert ["P-08 has no test"] == rules.faults_of(two_rules, {"P-07": ["test_m.py::test_a"]})


def test_unknown_rule_is_reported(two_rules):
    """A test that names a rule nobody wrote down is a fault."""
    found = {"P-07": ["test_m.py::test_a"], "P-08": ["test_m.py::test_a"], "P-99": ["test_m.py::test_z"]}

    assert ["test_m.py::test_z names the unknown rule P-99"] == rules.faults_of(two_rules, found)


def test_table_has_a_row_for_each_rule(two_rules):
    """Each rule stands in the table with its texts and its tests, and a bar in a text does not break the row."""
    odd = [with_english(rule, en="this | that") for rule in two_rules]
    rows = rules.table(odd, {"P-07": ["a.py::test_a", "b.py::test_b"]}).splitlines()[2:]

    assert [
        "| P-07 | this \\| that<br>待审申请可暂缓掉入公海。 | – | `a.py::test_a`<br>`b.py::test_b` |",
        "| P-08 | this \\| that<br>放弃者须等待。 | – | – |",
    ] == rows


def with_english(rule: rules.Rule, *, en: str) -> rules.Rule:
    """Give the same rule with another English text."""
    return rules.Rule(rule.id, en, rule.zh, rule.policy)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[P-07]\nen = 'x'\npolicy = []", r"P-07 has no zh"),
        ("[P-07]\nen = 'x'\nzh = 'x'", r"P-07 has no policy"),
        ("[P-07]\nen = 'x'\nzh = 'x'\npolicy = []\nwhen = 1", r"P-07 has an unknown key: when"),
    ],
)
def test_incomplete_rules_are_refused(tmp_path, text, message):
    """A rule needs both texts and its list of policy fields, and nothing else."""
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(rules.RulesError, match=message):
        rules.read_rules(path)


def test_policy_fields_have_their_standard_values():
    """The table shows what a policy field is in the preset standard, also where the preset leaves it to the default."""
    assert ["30", "false"] == [
        rules.policy_default(f"customers.protection.{name}") for name in ("potential_days", "end_of_day")
    ]


def test_unknown_policy_fields_are_refused():
    """A policy field that the standard preset does not have is named."""
    with pytest.raises(rules.RulesError, match=r"no policy field protection\.potatoes"):
        rules.policy_default("protection.potatoes")
