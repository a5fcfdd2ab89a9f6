"""``crmcore demo``: ninety days of a fabricated sales department."""

import json
import shlex
from collections import Counter
from itertools import pairwise

import pytest

from crmcore import CRM
from crmcore.app.ids import sequential
from crmcore.cli.demo.days import COMPANIES, DAYS, END, START, Department
from crmcore.cli.demo.figures import figures
from tests.cli.helpers import answer, cli, process


@pytest.fixture(scope="module")
def department():
    """A department whose days have passed."""
    department = Department(CRM.open(new_id=sequential("C")))
    department.work()
    return department


@pytest.fixture(scope="module")
def found(department):
    """Its figures."""
    return figures(department)


@pytest.fixture(scope="module")
def data():
    """What the command prints as JSON."""
    return answer("demo")


def test_the_same_figures_come_out_each_time(data, tmp_path):
    """In memory, in a file, in another process with another seed for hashes: the same."""
    kept = answer("demo", "--storage", f"sqlite:///{tmp_path / 'demo.db'}")
    other = json.loads(process("demo", "--json", env={"PYTHONHASHSEED": "7"}).stdout)

    assert data == other
    assert {key: value for key, value in data.items() if key != "try"} == {
        key: value for key, value in kept.items() if key != "try"
    }


def test_the_parts_add_up(data):
    """Stages sum to all customers, the funnel narrows, nobody is formal without having been intent."""
    funnel = [row["customers"] for row in data["funnel"]]

    assert COMPANIES == data["customers"] == sum(data["now"].values())
    assert funnel == sorted(funnel, reverse=True)
    assert ["registered", "potential", "intent", "formal"] == [row["stage"] for row in data["funnel"]]
    assert data["now"]["formal"] == data["funnel"][3]["customers"]
    assert [None, *(round(low / high, 4) for high, low in pairwise(funnel))] == [row["rate"] for row in data["funnel"]]
    assert min(data["now"].values()) > 0


def test_falls_are_the_events_in_the_log(data, department):
    """Every fall that is counted is an event, and every such event is counted."""
    customers = department.crm.customers.all(at=END)
    events = Counter(
        envelope.type
        for customer in customers
        for envelope in department.crm.history(customer.id, at=END)
        if envelope.type in {"expired", "abandoned", "released"}
    )
    reasons: Counter[str] = Counter()
    for fall in data["falls"]:
        reasons["abandoned" if fall["reason"] == "abandoned" else "expired"] += fall["count"]

    assert events == reasons
    assert {"expired", "undecided", "abandoned"} == {fall["reason"] for fall in data["falls"]}
    assert {"potential", "intent"} == {fall["stage"] for fall in data["falls"]}


def test_all_falls_are_stored(department):
    """The sweep at the end leaves nothing due; the storage verifies."""
    assert 0 == department.crm.sweep(at=END)
    assert () == tuple(department.crm.verify())


def test_everything_happens(department):
    """Each kind of step of the story takes place."""
    crm = department.crm
    types = {envelope.type for customer in crm.customers.all(at=END) for envelope in crm.history(customer.id, at=END)}

    assert types >= {
        "registered",
        "protected",
        "follow-up-recorded",
        "intent-applied",
        "intent-approved",
        "intent-refused",
        "extension-requested",
        "extension-approved",
        "extension-refused",
        "abandoned",
        "expired",
        "signed",
        "handed-over",
        "hand-over-accepted",
    }


def test_habits_show(data):
    """Who forgets loses more to deadlines than who works well; who is impatient gives up most."""
    by: Counter[tuple[str, str]] = Counter()
    for fall in data["falls"]:
        by[fall["owner"], fall["reason"]] += fall["count"]

    assert by["zhao", "expired"] > by["li", "expired"]
    assert by["sun", "abandoned"] == max(count for (_, reason), count in by.items() if reason == "abandoned")


def test_the_counts_of_commands_match_the_refusals(data):
    """Each refused command has at least one reason; some are refused because somebody was faster."""
    reasons = sum(refusal["count"] for refusal in data["refusals"])

    assert 0 < data["commands"]["refused"] <= reasons
    assert "P-02" in {refusal["rule"] for refusal in data["refusals"]}
    assert data["events"] >= data["commands"]["passed"]


@pytest.mark.rule("P-08", "P-09")
def test_the_refused_claim_is_a_real_one(data, found, department):
    """Cool-down with its end, follow-up without; with a follow-up it passes at that very moment, and not before."""
    claim = data["refused_claim"]

    assert ["P-08", "P-09"] == [refusal["rule"] for refusal in claim["refused"]]
    assert claim["passes_at"] == claim["refused"][0]["until"]
    assert claim["refused"][1]["until"] is None
    assert claim["customer"] == found.claim.customer.id


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("columns", [80, 120])
def test_the_screen_fits(lang, columns, monkeypatch):
    """No colour and no overflow when piped; the commands to try stand on lines of their own."""
    monkeypatch.setattr("tests.cli.helpers.CLEAN", {"COLUMNS": str(columns), "CRMCORE_STORAGE": None})
    text = cli("demo", "--lang", lang).stdout
    printed = [line for line in text.splitlines() if not line.startswith("  crmcore ")]

    assert "\x1b" not in text
    assert columns >= max(_width(line) for line in printed)
    assert ("客户漏斗" if lang == "zh" else "How far they came") in text
    assert "P-08" in text


def _width(line):
    """Columns of a terminal: Chinese characters take two."""
    return sum(2 if "\u2e80" <= character <= "\uff60" else 1 for character in line)


def test_the_commands_to_try_work(tmp_path, data):
    """Each of them, as it is printed, ends well on what the demonstration kept."""
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    kept = answer("demo", "--storage", url)["try"]

    assert f"crmcore demo --storage {url}" == data["try"][0].replace("sqlite:///demo.db", url)
    assert 5 == len(kept)
    for line in kept:
        result = cli(*shlex.split(line)[1:])

        assert (0, "") == (result.exit_code, result.stderr)
        assert result.stdout


def test_a_storage_in_use_is_left_alone(tmp_path):
    """The demonstration is not mixed with other customers."""
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    cli("demo", "--storage", url)
    again = cli("demo", "--storage", url)

    assert 2 == again.exit_code
    assert "without customers" in again.stderr
    assert 0 == cli("demo", "--storage", url, "--space", "second").exit_code


def test_another_policy_gives_another_story():
    """--set applies here too: with twice the time, fewer protections end by themselves."""

    def ended(data):
        return sum(fall["count"] for fall in data["falls"] if fall["reason"] == "expired")

    longer = answer("demo", "--set", "customers.protection.potential_days=60")

    assert ended(answer("demo")) > ended(longer)


def test_a_policy_that_stops_the_business_is_survived():
    """Where nobody may hold anything, there is no claim to show, and the screen says the rest."""
    closed = ("--set", "customers.limits.total=0")

    assert answer("demo", *closed)["refused_claim"] is None
    assert 0 == cli("demo", *closed).exit_code


def test_ninety_days_pass():
    """As long as the demonstration says."""
    assert 90 == DAYS == (END - START).days
