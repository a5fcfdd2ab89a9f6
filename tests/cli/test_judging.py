"""``policy check`` of scoring policies and segments, ``policy backtest``, ``policy fit``, and files of facts."""

import re
from datetime import UTC, date
from decimal import Decimal

import pytest

from crmcore.cli.facts_file import facts_file
from crmcore.cli.policy import policy
from crmcore.cli.telling import show_fit
from crmcore.cli.terminal import Terminal
from crmcore.scoring import Fit, from_toml, lint, segments_from_toml, shipped, shipped_names, shipped_text
from tests.cli.helpers import answer, cli
from tests.cli.scored import JUDGED, history

SEGMENT = """
[[segments]]
id = "good"
version = "1"
when = {grade = "abc-grade", value = "A"}
[[segments]]
id = "all"
version = "1"
when = {any = [{field = "x", op = "missing"}, {field = "x", op = "present"}]}
"""


def put(folder, name, text):
    """A file, and its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


class TestCheck:
    """One command for rules, scoring policies and segments."""

    @pytest.mark.rule("G-06")
    @pytest.mark.parametrize("name", shipped_names())
    def test_shipped_policies_are_sound(self, name):
        """Nothing to remark, by either word for it."""
        result = cli("policy", "check", name)

        assert (0, [shipped(name).stamp, "nothing to remark"]) == (result.exit_code, result.stdout.splitlines())
        assert {"ok": True, "policy": shipped(name).stamp, "findings": []} == answer("policy", "lint", name)
        assert policy.commands["lint"] is policy.commands["check"]

    @pytest.mark.rule("G-06")
    def test_a_case_without_a_grade_is_told(self, tmp_path):
        """Status 1; a grade out of reach is told with its path, in both languages."""
        text = shipped_text("loyalty")
        slip = put(tmp_path, "slip.toml", re.sub(r'(code = "loyal"\nat = )\d+', r"\g<1>9000", text))
        result, chinese = cli("policy", "check", slip), cli("policy", "check", slip, "--lang", "zh")

        assert 1 == result.exit_code
        assert "error: grades.loyal: with these weights no case comes to more than" in result.stdout
        assert "错误: grades.loyal：按现有权重" in chinese.stdout

    @pytest.mark.rule("G-06")
    def test_what_is_not_allowed_is_told_by_file_and_field(self, tmp_path):
        """A line for each fault."""
        text = shipped_text("loyalty").replace('version = "1"', "version = 1").replace("points = 0", 'points = "x"', 1)
        result = cli("policy", "lint", put(tmp_path, "bad.toml", text))
        broken = cli("policy", "lint", put(tmp_path, "broken.toml", "factors = [\n  x\n]\n"))

        assert (1, 1) == (result.exit_code, broken.exit_code)
        assert ["bad.toml: version: has the wrong type", "bad.toml: factors[0].missing.points: has the wrong type"] == [
            line.partition(" (")[0] for line in result.stdout.splitlines()
        ]
        assert "broken.toml" in broken.stdout
        assert "line 2" in broken.stdout

    def test_json_policies(self, tmp_path):
        """A file that ends so is one."""
        result = cli("policy", "check", put(tmp_path, "own.json", "[]"))

        assert 1 == result.exit_code
        assert "own.json: has the wrong type (expected one JSON object)" in result.stdout

    @pytest.mark.rule("G-08")
    def test_segments(self, tmp_path):
        """All of a file, each by its stamp; a condition that holds for everybody is told."""
        path = put(tmp_path, "segments.toml", SEGMENT)
        result, data = cli("policy", "check", path), answer("policy", "check", path)
        bad = cli("policy", "check", put(tmp_path, "bad.toml", "segments = 3"))

        assert 1 == result.exit_code
        assert ["good/1", "all/1"] == [one["policy"].partition("#")[0] for one in data["segments"]]
        assert "error: when: this condition holds for everybody" in result.stdout
        assert (1, True) == (bad.exit_code, bad.stdout.startswith("bad.toml: segments"))

    def test_settings_are_for_rules(self):
        """--set changes rules on customers, not scoring."""
        result = cli("policy", "check", "health", "--set", "a.b=1")

        assert 1 == result.exit_code
        assert "--set" in result.stdout

    @pytest.mark.parametrize("command", ["check", "show"])
    def test_nothing_is_set_in_a_scoring_policy(self, command):
        """Neither when it is checked nor when it is shown."""
        result = cli("policy", command, "abc-grade", "--set", "version=9")

        assert result.exit_code > 0
        assert "--set: is not an allowed value (expected a policy of rules" in result.output

    def test_segments_are_shown(self, tmp_path):
        """Read again, they are the same."""
        path = put(tmp_path, "segments.toml", SEGMENT)
        shown = cli("policy", "show", path)

        assert 0 == shown.exit_code
        assert segments_from_toml(SEGMENT) == segments_from_toml(shown.stdout)
        assert ["good", "all"] == [one["id"] for one in answer("policy", "show", path)["segments"]]

    @pytest.mark.parametrize("command", ["lint", "show"])
    def test_what_is_shipped_is_listed(self, command):
        """Rules and scoring policies, where a name is none of theirs."""
        told = cli("policy", command, "nope").output

        assert {"standard", "reviewed", *shipped_names()} <= set(re.split(r"[,\s]+", told))

    def test_shown_as_a_file(self, tmp_path):
        """With its comments where it is shipped; read again, it is the same policy."""
        shown = cli("policy", "show", "health").stdout
        path = put(tmp_path, "health.toml", shown)
        again = cli("policy", "show", path).stdout

        assert shipped_text("health") in shown
        assert shipped("health") == from_toml(shown) == from_toml(again)
        assert "health" == answer("policy", "show", "health")["id"]

    @pytest.mark.parametrize("text", [shipped_text("loyalty"), SEGMENT])
    def test_a_mark_of_the_byte_order_is_no_part_of_a_file(self, tmp_path, text):
        """Editors on Windows begin files with one."""
        path = tmp_path / "marked.toml"
        path.write_text(text, encoding="utf-8-sig")
        plain = put(tmp_path, "plain.toml", text)

        assert cli("policy", "check", plain).stdout == cli("policy", "check", path).stdout
        assert "TOML，但有误：" in cli("policy", "check", put(tmp_path, "x.toml", "id = "), "--lang", "zh").stdout

    @pytest.mark.parametrize("value", ["[" * 20_000, "1" * 5000], ids=["deep", "long"])
    @pytest.mark.parametrize("name", ["x.toml", "x.json"])
    def test_files_that_are_too_much(self, tmp_path, name, value):
        """Nesting and numbers beyond what can be read are told like any other fault of a file."""
        text = f"factors = {value}" if name.endswith("toml") else f'{{"factors": {value}}}'
        result = cli("policy", "check", put(tmp_path, name, text), "--lang", "zh")

        assert 1 == result.exit_code
        assert "嵌套不宜过深" in result.stdout or "数字须更短" in result.stdout

    def test_files_that_cannot_be_read(self, tmp_path):
        """A folder, and text in no known encoding."""
        (tmp_path / "folder.json").mkdir()
        path = tmp_path / "latin.json"
        path.write_bytes(b'{"id": "\xe4"}')

        assert "folder.json" in cli("policy", "check", tmp_path / "folder.json").stdout
        assert "latin.json: is not in the expected encoding" in cli("policy", "check", path).stdout


class TestBacktest:
    """A policy against what came."""

    def test_a_policy_that_tells_something(self, tmp_path):
        """The verdict, the figures, a bar for each grade, and what makes one doubt."""
        path = history(tmp_path)
        result, data = (
            cli("policy", "backtest", "loyalty", path, *JUDGED),
            answer("policy", "backtest", "loyalty", path, *JUDGED),
        )

        assert 0 == result.exit_code
        assert f"{shipped('loyalty').stamp}: the score tells who will have the outcome" in result.stdout
        assert re.search(r"frequent +\d+ +\d+ +\d+\.\d% +█+", result.stdout)
        assert "look back further than the records: recency, frequency, spend" in result.stdout
        assert ("ok", 400, 30) == (data["status"], data["n"], data["horizon_days"])
        assert data["auc"]["low"] < data["auc"]["value"] < data["auc"]["high"]
        assert {"grade", "n", "positives", "rate", "lift"} == data["grades"][0].keys()

    def test_a_bad_outcome(self, tmp_path):
        """Alerts are judged, and the order of grades; what it tells the wrong way round is told as that."""
        result = cli("policy", "backtest", "loyalty", history(tmp_path), *JUDGED, "--adverse", "--lang", "zh")

        assert 1 == result.exit_code
        assert "方向相反" in result.stdout
        assert "预警：" in result.stdout
        assert "等级越低，结果并不越多" in result.stdout
        assert "得分最低的 5%" in result.stdout
        assert answer("policy", "backtest", "loyalty", history(tmp_path), *JUDGED, "--adverse")["adverse"]

    def test_records_that_end_too_early(self, tmp_path):
        """Nothing is judged before the horizon is over."""
        early = (*JUDGED[:-1], "2026-03-20")
        result = cli("policy", "backtest", "loyalty", history(tmp_path, 20), *early)

        assert 1 == result.exit_code
        assert "the records end before the horizon does" in result.stdout

    def test_too_few(self, tmp_path):
        """A handful of cases tells nothing."""
        data = answer("policy", "backtest", "loyalty", history(tmp_path, 20), *JUDGED)

        assert "too-few" == data["status"]

    def test_undated_factors_are_suspects(self, tmp_path):
        """A field of unknown age may have been written afterwards."""
        text = shipped_text("value-tier").replace('name = "strategic_weight"', 'name = "told"')
        path = put(tmp_path, "told.toml", text)
        result = cli("policy", "backtest", path, history(tmp_path), *JUDGED, "--repeats", "--start", "2020-01-01")

        assert "it rests on fields of unknown age" in result.stdout.replace("\n", " ")

    @pytest.mark.parametrize(
        "option, value, named",
        [
            ("--outcome", "sale", "--outcome"),
            ("--cutoff", "yesterday", "--cutoff"),
            ("--cutoff", "2026-03-01T09:00:00", "--cutoff"),
            ("--cutoff", "2031-03-01", "cutoff"),
        ],
    )
    def test_wrong_questions(self, tmp_path, option, value, named):
        """Each names the option."""
        asked = list(JUDGED)
        asked[asked.index(option) + 1] = value
        result = cli("policy", "backtest", "loyalty", history(tmp_path, 20), *asked)

        assert 2 == result.exit_code
        assert result.stderr.startswith(f"crmcore: {named}: ")


class TestFit:
    """A policy made from what came."""

    def test_a_policy_file_comes_of_it(self, tmp_path):
        """It is sound, tells where its points come from, and leaves out what knows the outcome."""
        output = tmp_path / "fitted.toml"
        result = cli("policy", "fit", history(tmp_path), *JUDGED, "-o", output, "--id", "repeat", "--edition", "3")
        fitted = from_toml(output.read_text(encoding="utf-8"))

        assert 0 == result.exit_code
        assert fitted.stamp in result.stdout.replace("\n", "")
        assert ("repeat", "3", "fitted", 400) == (
            fitted.id,
            fitted.version,
            fitted.provenance.kind,
            fitted.provenance.n,
        )
        assert () == lint(fitted)
        assert "told may know the outcome: it tells the outcome by itself (AUC 1.000)" in result.stdout
        assert "told" not in {factor.key for factor in fitted.factors}
        assert "visit-30d" in {factor.key for factor in fitted.factors}
        assert "tells nothing" in result.stdout

    def test_without_a_file_it_is_printed(self, tmp_path):
        """As a policy file, or within the JSON."""
        asked = ("policy", "fit", history(tmp_path), *JUDGED, "--grade", "yes=25%", "--grade", "no=0.75")
        printed, data = from_toml(cli(*asked).stdout), answer(*asked)

        assert ["no", "yes"] == [grade.code for grade in printed.grades]
        assert "fitted" == data["policy"]["id"] == printed.id
        assert "told" == data["suspects"][0]["factor"]
        assert printed.stamp == answer(*asked, "-o", tmp_path / "x.toml")["policy"]

    def test_like_another_policy(self, tmp_path):
        """The features of that one, and no others; its own suspects may be kept."""
        asked = ("policy", "fit", history(tmp_path), *JUDGED, "--like", "loyalty", "--keep-suspects")
        fitted = from_toml(cli(*asked).stdout)

        assert {factor.key for factor in fitted.factors} <= {factor.key for factor in shipped("loyalty").factors}

    def test_names_that_lead_to_the_same_key(self, tmp_path):
        """Where they differ in signs only, or beyond what a key holds, the later ones are numbered."""
        path, long = history(tmp_path), "x" * 45
        names = ("company size", "company-size", "company_size", f"{long}a", f"{long}b", "visit-last")
        rows = [f"C{n},,,,,2025-06-01,{name},{n % 2}" for name in names for n in range(400)]
        path.write_text("\n".join((path.read_text(encoding="gb18030"), *rows)), encoding="gb18030")
        data = answer("policy", "fit", path, *JUDGED)
        keys = {*data["dropped"], *(factor["key"] for factor in data["policy"]["factors"])}

        assert "fitted" == data["status"]
        assert {f"company-size{number}" for number in ("", "-2", "-3")} <= keys
        assert {"x" * 40, f"{'x' * 40}-2", "visit-last", "visit-last-2"} <= keys

    def test_nothing_to_fit_to(self, tmp_path):
        """Too few outcomes, and a horizon that is not over: status 1, nothing written."""
        output, few = tmp_path / "x.toml", history(tmp_path, 20)
        early = cli("policy", "fit", few, *JUDGED[:-1], "2026-03-20", "-o", output)

        assert 1 == cli("policy", "fit", few, *JUDGED, "-o", output).exit_code
        assert (1, True) == (early.exit_code, "the records end before the horizon does" in early.stdout)
        assert "not-matured" == answer("policy", "fit", few, *JUDGED[:-1], "2026-03-20")["status"]
        assert not output.exists()

    def test_what_is_mixed_is_told(self, capsys):
        """Features with numbers and texts are left out, by name."""
        show_fit(Terminal("zh"), Fit("no-signal", None, 9, 3, mixed=("size", "code")), None, matured=True)

        assert "数值与文本混用，未采用：size、code" in capsys.readouterr().out

    def test_what_is_too_large_is_told(self, capsys):
        """Features whose numbers no band could part are named apart from those that tell nothing."""
        found = Fit("no-signal", None, 9, 3, dropped=("noise", "stamp"), beyond=("stamp",))
        show_fit(Terminal("zh"), found, None, matured=True)
        told = capsys.readouterr().out.replace("\n", "")

        assert "没有信息，或无额外信息：noise" in told
        assert "可换用其他单位）：stamp" in told

    @pytest.mark.parametrize("grade", ["A", "=0.2", "A=2", "A=x", "A=0%"])
    def test_grades_that_are_none(self, tmp_path, grade):
        """Each names the option."""
        result = cli("policy", "fit", history(tmp_path, 20), *JUDGED, "--grade", grade)

        assert 2 == result.exit_code
        assert "crmcore: --grade" in result.stderr

    def test_a_file_that_cannot_be_written(self, tmp_path):
        """Status 2."""
        result = cli("policy", "fit", history(tmp_path), *JUDGED, "-o", tmp_path / "no" / "x.toml")

        assert 2 == result.exit_code
        assert "crmcore: --output" in result.stderr


class TestFile:
    """What is wrong with a file is told by file, line and column."""

    @pytest.mark.parametrize(
        "text, told",
        [
            ("", ["facts.csv: is empty"]),
            ("who,kind\n", ["facts.csv:1: column 1: is not a known field", "facts.csv:1: customer: is missing"]),
            ("customer,kind,kind\n", ["facts.csv:1: kind: stands there twice"]),
            ("customer,kind,at\nC1,order\n", ["facts.csv:2: (row): is not an allowed value"]),
            ("customer,kind,at\nC1,order,\n", ["facts.csv:2: at: is missing"]),
            ("customer,kind,at\n,order,2026-01-01\n", ["facts.csv:2: customer: is empty"]),
            ("customer,kind,at\nC1,order,2026-02-30\n", ["facts.csv:2: at: is not a time"]),
            ("customer,kind,at\nC1,order,2026-02-03T09:00\n", ["facts.csv:2: at: is a time without an offset"]),
            ("customer,kind,at,amount\nC1,o,2026-02-03,1 000\n", ["facts.csv:2: amount: has the wrong type"]),
            ("customer,kind,field\nC1,,\n", ["facts.csv:2: kind: is missing"]),
            ("customer,kind,field\nC1,a,b\n", ["facts.csv:2: kind: is not an allowed value"]),
            (f"customer,kind,at\nC1,{'x' * 201},2026-01-01\n", ["facts.csv:2: kind: is too long"]),
            ('customer,kind,at\nC1,"a"b,2026-01-01\n', ["facts.csv:2: (row): is not an allowed value"]),
        ],
    )
    def test_each_fault_has_its_place(self, tmp_path, text, told):
        """And the status is 2."""
        result = cli("policy", "backtest", "loyalty", put(tmp_path, "facts.csv", text), *JUDGED)

        assert 2 == result.exit_code
        assert all(one in result.stderr for one in told)

    def test_the_first_row_may_be_no_csv_at_all(self, tmp_path):
        """It is told like any other."""
        result = cli("policy", "backtest", "loyalty", put(tmp_path, "facts.csv", '"customer"x,kind\n'), *JUDGED)

        assert 2 == result.exit_code

    @pytest.mark.parametrize(
        "values, expected",
        [
            (["5", "-1.50", "2e3", "", "0", "0.5"], [5, Decimal("-1.50"), 2000, None, 0, Decimal("0.5")]),
            (["100020", "010020", ""], ["100020", "010020", None]),
            (["12", "n/a", "3"], ["12", "n/a", "3"]),
            (["12", "yes", "true"], ["12", "yes", True]),
        ],
    )
    def test_numbers_are_numbers_if_all_are(self, tmp_path, values, expected):
        """One cell that is none, or a code that begins with a zero, makes texts of the whole field."""
        text = "customer,field,value\nC9,other,7\n" + "".join(f"C{n},x,{value}\n" for n, value in enumerate(values))
        read = facts_file(put(tmp_path, "facts.csv", text), UTC, lambda _done: None)

        assert [7, *expected] == [one.value for facts in read.facts.values() for one in facts.fields]

    def test_the_first_twenty_are_told(self, tmp_path):
        """A file that is another one altogether does not fill the screen."""
        rows = "customer,kind,at\n" + "C1,order,\n" * 50
        faults = answer("policy", "backtest", "loyalty", put(tmp_path, "facts.csv", rows), *JUDGED)["error"]["faults"]

        assert [f"facts.csv:{line}: at" for line in range(2, 22)] == [fault["field"] for fault in faults]

    def test_values_are_what_they_look_like(self, tmp_path):
        """Numbers, dates, yes and no, texts, and nothing."""
        values = ["2026-03-01", "2026-13-01", "true", "否", "007 a", "", "FALSE"]
        text = "customer,field,value\n" + "".join(f"C1,x,{value}\n" for value in values)
        read = facts_file(put(tmp_path, "facts.csv", text), UTC, lambda _done: None)
        expected = [date(2026, 3, 1), "2026-13-01", True, False, "007 a", None, False]

        assert expected == [one.value for one in read.facts["C1"].fields]
        assert ["x"] == read.fields
        assert [] == read.times
        assert {} == read.of(["C2"])
