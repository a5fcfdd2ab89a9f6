"""``score`` and ``score explain``: scores computed, recorded, and told as a table that adds up."""

import re

import pytest
from rich.cells import cell_len

from crmcore import CRM, Actor
from crmcore.cli.bars import bar
from crmcore.kernel.times import parse_instant
from crmcore.ratings import OverrideGrade
from crmcore.scoring import shipped
from tests.cli.helpers import BOSS, answer, cli, give, jsonl, lines
from tests.cli.scored import AT, FACTS, LATER, facts, storage

ABC = shipped("abc-grade").stamp
PART = """\
id = "part"
version = "1"
subject = "customer"

[[factors]]
key = "part"
source = "share-of-total"
params = {of = "profit", days = 365}
missing = {points = 0, code = "unknown"}
not_applicable = {points = 0, code = "none"}
bands = [{points = 10, code = "small"}, {at = 0.2, points = 30, code = "large"}]

[[grades]]
code = "some"
"""

_PARAMS = '{of = "profit", days = 365}'


def _failed(text: str) -> tuple[int, str]:
    """How many could not be scored, and the first path at fault."""
    (data,) = lines(text)
    return data["failed"], data["faults"][0]["path"]


@pytest.fixture
def asked(tmp_path):
    """Give the options that name the storage, the policy and the time."""
    return ("--storage", storage(tmp_path), "--scoring", "abc-grade", "--at", AT)


class TestOne:
    """One customer, scored and explained."""

    @pytest.mark.rule("G-05")
    def test_a_table_that_adds_up(self, asked, tmp_path):
        """A row for each factor with value, band, points and a bar; their sum under the line is the raw score."""
        result = cli("score", "C1", *asked, "--facts", facts(tmp_path))
        lines = result.stdout.splitlines()
        points = [int(match[1]) for line in lines if (match := re.search(r" (\d+)  ?█| (\d+) *$", line)) and match[1]]

        assert 0 == result.exit_code
        assert "靖江市春意空调有限公司  C1" == lines[0]
        assert f"{ABC}, as of 2026-03-10 09:00" == lines[1]
        assert lines[2].startswith("B  no rule fits")
        assert re.search(r"annual amount +600000 +500,000 and more +40 +█+", result.stdout)
        assert re.search(r"raw score +60", lines[-1])
        assert 60 == sum(points)

    @pytest.mark.parametrize("columns", [80, 100])
    @pytest.mark.parametrize("lang", ["en", "zh"])
    @pytest.mark.parametrize("scoring", ["abc-grade", "health", "value-tier", "lead-grade", "loyalty", "life-stage"])
    def test_it_fits_the_terminal(self, asked, tmp_path, columns, lang, scoring, monkeypatch):
        """In both languages, at 80 columns and at 100; bars never push figures out."""
        monkeypatch.setitem(cli.__globals__["CLEAN"], "COLUMNS", str(columns))
        options = [*asked[:2], "--scoring", scoring, *asked[4:], "--facts", facts(tmp_path), "--lang", lang]
        result = cli("score", "C1", *options)

        assert 0 == result.exit_code
        assert columns >= max(cell_len(line) for line in result.stdout.splitlines())
        assert ("raw score" if lang == "en" else "原始分") in result.stdout.splitlines()[-1]
        assert "…" not in result.stdout

    def test_weights_are_shown_where_they_count(self, asked, tmp_path):
        """Points times weight, and what that comes to."""
        options = [*asked[:2], "--scoring", "health", *asked[4:], "--facts", facts(tmp_path)]

        assert "75 × 0.4 = 30" in cli("score", "C1", *options).stdout

    def test_a_share_of_what_all_have(self, asked, tmp_path):
        """A policy that asks for it gets the totals of --total; without them the factor is missing."""
        policy = tmp_path / "part.toml"
        policy.write_text(PART, encoding="utf-8")
        options = ["score", "C1", *asked[:2], "--scoring", str(policy), *asked[4:], "--facts", facts(tmp_path)]
        told = [answer(*options, *more) for more in ((), ("--total", "profit=600000", "--total", "order=1"))]

        assert [{"lack": "missing"}, 0.25] == [one["rows"][0]["value"] for one in told]
        assert ["0", "30"] == [one["raw"] for one in told]

    @pytest.mark.parametrize(
        "given", [["profit"], ["=5"], ["profit=-5"], ["profit=1e3"], ["profit=1", "profit=2"], ["profit=nan"]]
    )
    def test_a_total_that_is_none(self, asked, given):
        """Refused by the option's name."""
        result = cli("score", "C1", *asked, *(word for text in given for word in ("--total", text)))

        assert 2 == result.exit_code
        assert "--total: " in result.stderr

    def test_as_json(self, asked, tmp_path):
        """Codes, figures as exact text, the evidence; and the grade that counts."""
        data = answer("score", "C1", *asked, "--facts", facts(tmp_path))

        assert ("C1", ABC, "60", "B", "B", None) == tuple(
            data[name] for name in ("customer", "stamp", "raw", "grade", "counts", "override")
        )
        assert {"factor": "amount", "value": 600000.0, "evidence": ["O1", "O2"], "points": 40} == {
            name: data["rows"][0][name] for name in ("factor", "value", "evidence", "points")
        }

    def test_nothing_is_stored(self, asked):
        """Scoring never writes (G-05)."""
        cli("score", "C1", *asked)

        assert 1 == cli("score", "explain", "C1", *asked).exit_code

    @pytest.mark.parametrize(
        "changes, cut",
        [
            ({"floor": 0, "ceiling": 30}, "kept within 0 to 30: 30"),
            ({"ceiling": 30}, "kept within – to 30: 30"),
            ({"floor": 50, "ceiling": 100}, "kept within 50 to 100: 50"),
        ],
    )
    def test_what_is_cut_off_is_told(self, asked, tmp_path, changes, cut):
        """Where floor or ceiling make another score of the sum, and where a group is capped."""
        path = tmp_path / "capped.toml"
        path.write_text(
            _CAPPED.format(combine="\n".join(f"{key} = {value}" for key, value in changes.items())), encoding="utf-8"
        )
        text = cli("score", "C1", *asked[:2], "--scoring", path, *asked[4:], "--facts", facts(tmp_path)).stdout

        assert cut in text
        assert re.search(r"cap of the group money +-5 +█", text)
        assert re.search(r"raw score .* 35", text)


_CAPPED = """
id = "capped"
version = "1"
subject = "customer"
group_caps = {{money = 35}}
[[factors]]
key = "orders"
group = "money"
source = "count"
params = {{of = "order"}}
missing = {{code = "x"}}
not_applicable = {{code = "y"}}
bands = [{{points = 0, code = "none"}}, {{at = 1, points = 40, code = "some"}}]
[[grades]]
code = "C"
[combine]
method = "sum"
{combine}
"""


class TestSeveral:
    """Several customers, or all."""

    def test_a_line_each(self, asked):
        """Ids or numbers; with --json the whole explanation of each on a line."""
        text = cli("score", "C1", "KH-000002", *asked).stdout
        data = lines(cli("score", "C1", "C2", *asked, "--json").stdout)

        assert "宁波岚槿电子" in text
        assert ["C1", "C2"] == [one["customer"] for one in data]

    def test_each_once(self, asked):
        """Whoever is named twice, by id or number, is scored and recorded once."""
        record = ("--record", "--role", "manager", "--json")
        told = cli("score", "C2", "C1", "C2", "KH-000002", *asked, *record)

        assert 0 == told.exit_code
        assert ["C2", "C1"] == [one["customer"] for one in lines(told.stdout)]

    def test_everybody_is_counted(self, asked, tmp_path):
        """How many would get which grade, best first; with --json a line for each customer."""
        text = cli("score", "--all", *asked, "--facts", facts(tmp_path), "--lang", "zh").stdout
        data = lines(cli("score", "--all", *asked, "--json").stdout)

        assert re.search(r"A 级 +0 +0\.0%\s+B 级 +1 +50\.0% +█+\s+C 级 +1 +50\.0% +█+", text)
        assert [("C1", "C"), ("C2", "C")] == [(one["customer"], one["grade"]) for one in data]

    @pytest.mark.rule("D-01")
    @pytest.mark.parametrize("whom", ["KH-000001", "--all"])
    def test_facts_by_the_customers_number(self, asked, tmp_path, whom):
        """A file may call a customer by id or by number, or by both: all of it counts."""
        path = tmp_path / "numbers.csv"
        first, *rest = FACTS.replace("customer,", "客户编号,", 1).splitlines()
        rows = [row.replace("C1", "KH-000001") if n % 2 else row for n, row in enumerate(rest)]
        path.write_text("\n".join([first, *rows]), encoding="utf-8")
        told = cli("score", whom, *asked, "--facts", path, "--json")

        assert (0, "") == (told.exit_code, told.stderr)
        assert "60" == lines(told.stdout)[0]["raw"]

    @pytest.mark.parametrize("whom", [("C2",), ("--all",), ("--all", "--record", "--role", "manager")])
    def test_facts_about_nobody_on_record(self, asked, tmp_path, whom):
        """The others are scored; how many rows were left out is told by their lines, and the status is 1."""
        path = tmp_path / "strangers.csv"
        path.write_text(FACTS + "".join(f"KH-9,order,X{n},2026-02-05,1,,,\n" for n in range(30)), encoding="utf-8")
        told = cli("score", *whom, *asked, "--facts", path)

        assert 1 == told.exit_code
        assert told.stderr.startswith("crmcore: 30 rows of facts left out, for their customers are not on record")
        assert "lines 8, 9, " in told.stderr
        assert told.stderr.endswith("26, 27 …\n")
        assert "KH-9" not in told.stderr
        assert told.stdout

    @pytest.mark.parametrize("more", [(), ("--record", "--role", "manager")])
    def test_who_cannot_be_scored(self, asked, tmp_path, more):
        """The others are; who it is and why is told on standard error, and the status is 1."""
        path, policy = tmp_path / "odd.csv", tmp_path / "odd.toml"
        path.write_text("customer,field,value,known\nC1,size,large,2026-01-01\n", encoding="utf-8")
        policy.write_text(PART.replace("share-of-total", "field").replace(_PARAMS, '{name = "size"}'), encoding="utf-8")
        told = cli("score", "--all", *asked[:2], "--scoring", policy, *asked[4:], "--facts", path, "--json", *more)

        assert 1 == told.exit_code
        assert told.stderr.startswith("crmcore: 1 customers could not be scored: C1.part: ")
        assert (
            (1, "C1.part") == _failed(told.stdout)
            if more
            else ["C2"] == [one["customer"] for one in lines(told.stdout)]
        )

    def test_facts_about_a_record_that_is_merged(self, asked, tmp_path):
        """It is scored no more with all others, so its rows are told; asked for by itself it has them."""
        merge = give("merge", "2026-03-09T09:00:00+08:00", actor=BOSS, customer="C2", into="C1", reason="the same")
        cli("run", "-", *asked[:2], input=jsonl(merge))
        path = tmp_path / "merged.csv"
        path.write_text(FACTS.replace("C1", "C2"), encoding="utf-8")
        told = cli("score", "--all", *asked, "--facts", path, "--lang", "zh")

        assert "6 行事实未计入，其客户未登记或已并入其他客户：第 2、3、4、5、6、7 行" in told.stderr
        assert "60" == answer("score", "C2", *asked, "--facts", path)["raw"]

    def test_nobody(self, tmp_path):
        """A storage without customers says so."""
        told = cli("score", "--all", "--storage", "memory://", "--scoring", "health").stdout

        assert "no customers\n" == told

    def test_those_without_a_grade_are_counted(self, asked, tmp_path):
        """Where a policy refuses to grade."""
        path = tmp_path / "strict.toml"
        path.write_text(_STRICT, encoding="utf-8")
        text = cli("score", "--all", *asked[:2], "--scoring", path, *asked[4:]).stdout

        assert re.search(r"no grade +2 +100\.0%", text)

    @pytest.mark.parametrize("words", [(), ("C1", "--all")])
    def test_either_some_or_all(self, asked, words):
        """Neither, and both, are wrong questions."""
        assert 2 == cli("score", "customers", *words, *asked).exit_code

    def test_unknown_names(self, asked, tmp_path):
        """A policy, a file, a customer that is not there."""
        for scoring, status in (("nothing", 2), (tmp_path / "no.toml", 2)):
            assert status == cli("score", "C1", *asked[:2], "--scoring", scoring).exit_code
        assert 1 == cli("score", "C9", *asked).exit_code


_STRICT = """
id = "strict"
version = "1"
subject = "customer"
[[factors]]
key = "orders"
source = "count"
params = {of = "order"}
missing = {code = "x"}
not_applicable = {code = "y"}
bands = [{code = "none"}, {at = 1, points = 40, code = "some"}]
[[grades]]
code = "C"
[combine]
method = "first-match"
rules = [{grade = "C", when = {orders = ["some"]}}]
gap = {rule = "refuse"}
"""


class TestRecording:
    """--record puts scores on record."""

    @pytest.mark.rule("G-05", "G-07")
    def test_everybody_once(self, asked, tmp_path):
        """Run again as of the same time, nobody is scored twice."""
        record = ("score", "--all", *asked, "--facts", facts(tmp_path), "--record", "--role", "manager")
        first, again = answer(*record), cli(*record)

        assert {"policy": ABC, "customers": 2, "recorded": 2, "already": 0} == {
            name: first[name] for name in ("policy", "customers", "recorded", "already")
        }
        assert "2 customers: 0 scores recorded, 2 had one of this time" in again.stdout.replace("\n", " ")
        assert 0 == cli("verify", *asked[:2]).exit_code

    def test_some(self, asked):
        """They are explained as they stand on record."""
        told = cli("score", "C1", *asked, "--record", "--role", "import")

        assert "1 scores recorded" == told.stdout.splitlines()[-1]
        assert cli("score", "explain", "C1", *asked).stdout.splitlines()[:-1] == told.stdout.splitlines()[:-2]

    def test_who_may_not(self, asked):
        """Without a role that may, every reason is told, and nothing is stored."""
        told = cli("score", "--all", *asked, "--record")

        assert 1 == told.exit_code
        assert "A-01 only a manager or an import may do this" in told.stderr
        assert 1 == cli("score", "explain", "C1", *asked).exit_code

    def test_the_history_has_words_for_it(self, asked):
        """Scores stand in the log like everything that happens."""
        cli("score", "C1", *asked, "--record", "--role", "manager")
        with CRM.open(asked[1]) as crm:
            types = [one.envelope.type for one in crm.events()]

        assert "scored" == types[-1]


class TestExplain:
    """What stands on record."""

    def test_what_was_said_against_it(self, asked):
        """The override that counts, with who, when and why; and the score, untouched."""
        cli("score", "C1", *asked, "--record", "--role", "manager")
        with CRM.open(asked[1]) as crm:
            word = OverrideGrade("C1", "abc-grade", "A", "group contract", parse_instant("2026-05-01T00:00:00+08:00"))
            crm.handle(word, actor=Actor("chen", {"manager"}), at=parse_instant(LATER))
        later = ("score", "explain", "C1", *asked[:-1], LATER)
        text, data = cli(*later).stdout.replace("\n", " "), answer(*later)

        assert "A: chen overruled the score on 2026-03-11 09:00: group contract" in text
        assert re.search(r"\(until +2026-05-01 +00:00\)", text)
        assert ("C", "A", "chen") == (data["grade"], data["counts"], data["override"]["by"])
        assert "overruled" not in cli("score", "explain", "C1", *asked).stdout
        assert "人工改级" in cli(*later, "--lang", "zh").stdout

    def test_until_further_notice(self, asked):
        """A word without an end."""
        cli("score", "C1", *asked, "--record", "--role", "manager")
        with CRM.open(asked[1]) as crm:
            word = OverrideGrade("C1", "abc-grade", "A", "group contract")
            crm.handle(word, actor=Actor("chen", {"manager"}), at=parse_instant(LATER))
        later = ("score", "explain", "C1", *asked[:-1], LATER)

        assert "until" not in cli(*later).stdout
        assert answer(*later)["override"]["until"] is None

    def test_where_there_is_none(self, asked):
        """Status 1, and what is missing."""
        told = cli("score", "explain", "C1", *asked)

        assert 1 == told.exit_code
        assert "no score with id 'abc-grade C1' is on record" in told.stderr


class TestBars:
    """Bars to an eighth of a character."""

    @pytest.mark.parametrize(
        "value, most, width, expected",
        [
            (10, 10, 4, "████"),
            (5, 10, 4, "██"),
            (1, 16, 4, "▎"),
            (0, 10, 4, ""),
            (0.001, 10, 4, "▏"),
            (-5, 10, 4, "██"),
            (99, 10, 4, "████"),
            (1, 0, 4, ""),
            (1, 1, 0, ""),
        ],
    )
    def test_length(self, value, most, width, expected):
        """As value is to most; whatever is there at all is seen, and a negative one is red."""
        drawn = bar(value, most, width)

        assert expected == drawn.plain
        assert ("red" if value < 0 else "green") == (drawn.style or "green")


def test_help_stays_help():
    """The group and each of its commands explain themselves."""
    assert "score one, and see why" in cli("score", "--help").stdout
    assert all("--json" in cli("score", inner, "--help").stdout for inner in ("customers", "explain"))
