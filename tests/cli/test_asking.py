"""``show``, ``agenda``, ``why-not``, ``sweep``, ``reindex``, ``verify``: asking a storage."""

import sqlite3
from datetime import UTC, date, datetime

import pytest

from crmcore import CRM
from crmcore.cli.why_not import command_of
from crmcore.customers import ChangeContact, ContactDetails, HandOver, RecordFollowUp, Sign
from crmcore.errors import Invalid
from tests.cli.helpers import answer, cli, give, jsonl, registration

DAY3 = "2026-03-03T09:00:00+08:00"


@pytest.fixture
def url(tmp_path):
    """A storage with three customers: one abandoned, one with an application, one with a broken text."""
    story = [
        registration(contacts=[{"name": "王一凡", "mobile": "13800000001", "main": True}], region="江苏[red]省"),
        give(
            "record-follow-up",
            customer="C1",
            channel="phone",
            content="[bold]了解\n需求",
            next_contact_at="2026-03-02T10:00:00+08:00",
        ),
        give("abandon", "2026-03-02T09:00:00+08:00", customer="C1", reason="暂无需求"),
        registration("C2", "宁波岚槿电子科技股份有限公司"),
        give(
            "record-follow-up",
            customer="C2",
            channel="phone",
            content="了解需求",
            next_contact_at="2026-03-02T10:00:00+08:00",
        ),
        give("apply-for-intent", "2026-03-02T09:00:00+08:00", customer="C2", reason="询价"),
        registration("C3", "宁波皓禾食品有限公司"),
    ]
    url = f"sqlite:///{tmp_path / 'x.db'}"
    done = cli("run", "-", "--storage", url, input=jsonl(*story))

    assert 0 == done.exit_code
    return url


# ---------------------------------------------------------------------------------------------------------------- show


def test_show_prints_one_customer(url):
    """Name, stage and what is on record, in both languages; brackets are text, not markup."""
    english = cli("show", "C1", "--storage", url, "--at", DAY3).stdout
    chinese = cli("show", "C1", "--storage", url, "--at", DAY3, "--lang", "zh").stdout

    for text in (english, chinese):
        assert "靖江市春意空调有限公司  C1" in text
        assert "江苏[red]省" in text
        assert "13800000001" in text
        assert "\x1b" not in text
    assert "who li, until 2026-03-05 09:00" in english.replace("\n", " ")
    assert "地区" in chinese
    assert "given up" in english
    assert "主动放弃" in chinese
    assert "公海" in chinese


def test_show_names_no_cool_down_that_is_over(url):
    """Nobody waits any more once the time has passed."""
    assert "must wait" not in cli("show", "C1", "--storage", url, "--at", "2026-03-05T09:00:00+08:00").stdout


def test_show_as_json_has_everything(url):
    """The details as data, with the history where asked for."""
    data = answer("show", "C1", "--storage", url, "--at", DAY3)
    whole = answer("show", "C1", "--storage", url, "--at", DAY3, "--history")

    assert ("C1", "pool", None, "abandoned") == tuple(data[key] for key in ("id", "stage", "owner", "pool_reason"))
    assert "history" not in data
    assert ["registered", "protected", "follow-up-recorded", "abandoned"] == [one["type"] for one in whole["history"]]
    assert "暂无需求" == whole["history"][-1]["reason"]


def test_show_as_of_a_time(url):
    """A customer as it was, and as it will be by time alone."""
    was = answer("show", "C1", "--storage", url, "--at", "2026-03-01T12:00:00+08:00")
    will = answer("show", "C3", "--storage", url, "--at", "2026-06-01T12:00:00Z", "--history")

    assert ("potential", "li", 3) == (was["stage"], was["owner"], was["version"])
    assert ("pool", "expired") == (will["stage"], will["pool_reason"])
    assert "2026-03-31T09:00:00+08:00" == will["history"][-1]["at"]


def test_show_takes_the_number_too(url):
    """People know customers by their number."""
    assert "C2" == answer("show", "KH-000002", "--storage", url, "--at", DAY3)["id"]


def test_show_prints_the_history_as_a_table(url):
    """Events, people, times and what they say; a broken line of text stays on its line of the table."""
    english = cli("show", "C1", "--history", "--storage", url, "--at", DAY3).stdout
    chinese = cli("show", "C3", "--history", "--storage", url, "--at", "2026-06-01T12:00:00Z", "--lang", "zh").stdout

    assert "at (Shanghai)" in english
    assert "2026-03-02 09:00" in english
    assert "[bold]了解 需求" in english
    assert "落入公海" in chinese
    assert "保护到期" in chinese
    assert 80 >= max(len(line) for line in english.splitlines())


def test_show_of_nobody(url):
    """Status 1 and one line; as JSON an error."""
    result = cli("show", "C9", "--storage", url)
    data = answer("show", "C9", "--storage", url, "--lang", "zh")

    assert (1, "crmcore: no customer with id 'C9' is on record\n") == (result.exit_code, result.stderr)
    assert (False, "not-found", []) == (data["ok"], data["error"]["code"], data["error"]["faults"])


def test_show_before_it_was_registered(url):
    """Nobody is on record before being registered."""
    assert 1 == cli("show", "C1", "--storage", url, "--at", "2026-01-01T00:00:00Z").exit_code


# ----------------------------------------------------------------------------------------------------- shared options


@pytest.mark.parametrize(
    ("text", "fault"),
    [("2026-03-01T09:00:00", "naive-time"), ("2026-03-01", "naive-time"), ("soon", "bad-time"), ("", "bad-time")],
)
def test_times_need_an_offset(url, text, fault):
    """A time on the command line is refused as it would be anywhere."""
    result = cli("show", "C1", "--storage", url, "--at", text)
    error = answer("sweep", "--storage", url, "--at", text)["error"]

    assert 2 == result.exit_code
    assert result.stderr.startswith("crmcore: --at: ")
    assert ("--at", fault) == (error["field"], error["faults"][0]["fault"])


@pytest.mark.parametrize("command", [("show", "C1"), ("sweep",), ("verify",), ("agenda", "li")])
def test_a_storage_must_be_named(command):
    """Every command that needs one says how to give it."""
    result = cli(*command)

    assert 2 == result.exit_code
    assert "--storage or CRMCORE_STORAGE" in result.stderr
    assert "missing" == answer(*command)["error"]["faults"][0]["fault"]


def test_storage_and_language_come_from_the_environment(url, monkeypatch):
    """CRMCORE_STORAGE and CRMCORE_LANG are taken where no option is given."""
    monkeypatch.setattr("tests.cli.helpers.CLEAN", {"CRMCORE_STORAGE": url, "CRMCORE_LANG": "zh"})

    assert "公海" in cli("show", "C1", "--at", DAY3).stdout


@pytest.mark.parametrize(
    "options",
    [
        ("--storage", "nosuch://x"),
        ("--storage", "sqlite:///x.db?colour=red"),
        ("--storage", "memory://", "--policy", "nosuch"),
        ("--storage", "memory://", "--policy", "nosuch.toml"),
        ("--storage", "memory://", "--set", "zone=Mars/North"),
        ("--storage", "memory://", "--set", "customers.protection.potential_days=x"),
        ("--storage", "memory://", "--set", "no equals sign"),
        ("--storage", "memory://", "--set", "=1"),
        ("--storage", "memory://", "--lang", "fr"),
    ],
)
def test_wrong_options_are_told_in_short(options):
    """Status 2 and no traceback."""
    result = cli("sweep", *options)

    assert 2 == result.exit_code
    assert "Traceback" not in result.output
    assert result.stderr.strip()


# -------------------------------------------------------------------------------------------------------------- agenda


def test_an_agenda_as_json(url):
    """What a reviewer has to decide, and what li has to do."""
    reviewer = answer("agenda", "zheng", "--role", "reviewer", "--storage", url, "--at", DAY3)
    li = answer("agenda", "li", "--storage", url, "--at", DAY3)

    assert "zheng" == reviewer["person"]
    assert {
        "kind": "request",
        "customer": "C2",
        "number": "KH-000002",
        "due": "2026-04-03T09:00:00+08:00",
        "urgency": "upcoming",
    } == reviewer["items"][0]
    assert [("next-contact", "C2", "overdue")] == [(i["kind"], i["customer"], i["urgency"]) for i in li["items"]]


def test_an_agenda_as_a_table(url):
    """With the customers' names; in Chinese too."""
    english = cli("agenda", "li", "--storage", url, "--at", DAY3).stdout
    chinese = cli("agenda", "li", "--storage", url, "--at", DAY3, "--lang", "zh").stdout

    assert "contact the customer" in english
    assert "overdue" in english
    assert "已逾期" in chinese
    assert "宁波岚槿" in chinese


def test_an_agenda_of_a_time_to_come(tmp_path):
    """The clock of the machine does not matter: customers registered later than it says have names, too."""
    url = f"sqlite:///{tmp_path / 'later.db'}"
    cli("run", "-", "--storage", url, input=jsonl(registration() | {"at": "2126-03-01T09:00:00+08:00"}))
    told = cli("agenda", "li", "--storage", url, "--at", "2126-03-28T09:00:00+08:00")

    assert 0 == told.exit_code
    assert "靖江市春意空调有限公司" in told.stdout


def test_an_empty_agenda_says_so(url):
    """Nothing to do is an answer."""
    assert "nothing to do\n" == cli("agenda", "nobody", "--storage", url).stdout
    assert "暂无待办\n" == cli("agenda", "nobody", "--storage", url, "--lang", "zh").stdout


def test_an_agenda_of_an_impossible_role(url):
    """Roles are those the rules know."""
    assert 2 == cli("agenda", "li", "--role", "king", "--storage", url).exit_code
    assert 2 == cli("agenda", "", "--storage", url).exit_code


# ------------------------------------------------------------------------------------------------------------- why-not


@pytest.mark.rule("P-21", "P-08", "P-09")
def test_why_not_lists_every_reason(url):
    """Who gave up a customer yesterday is told of the cool-down and of the missing follow-up."""
    args = ("why-not", "C1", "protect", "--actor", "li", "--role", "pre-sales", "--storage", url, "--at", DAY3)
    data = answer(*args)
    text = cli(*args).stdout

    assert (False, "C1", "protect") == (data["ok"], data["customer"], data["do"])
    assert [("P-08", "2026-03-05T09:00:00+08:00"), ("P-09", None)] == [(r["rule"], r["until"]) for r in data["refused"]]
    assert "2026-03-05 09:00" in text
    assert "cooling-down" in text


def test_why_not_says_when_it_would_pass(url):
    """Fields of what the command says can be given, inner ones by their path; nothing is stored."""
    args = ("why-not", "C1", "protect", "--actor", "wang", "--role", "pre-sales", "--storage", url, "--at", DAY3)
    call = ("--field", "follow_up.channel=phone", "--field", "follow_up.content=电话沟通")

    assert "would pass\n" == cli(*args, *call).stdout
    assert "可以通过\n" == cli(*args, *call, "--lang", "zh").stdout
    assert {"ok": True, "customer": "C1", "do": "protect", "refused": []} == answer(*args, *call)
    assert "pool" == answer("show", "C1", "--storage", url, "--at", DAY3)["stage"]


@pytest.mark.rule("P-21")
def test_why_not_without_a_command_lists_what_would_pass(url):
    """The commands that a person could give now."""
    args = ("why-not", "C2", "--actor", "boss", "--role", "manager", "--storage", url, "--at", DAY3)
    data = answer(*args)

    assert "C2" == data["customer"]
    assert {"approve-intent", "refuse-intent", "transfer"} <= set(data["can"])
    assert "批准转意向" in cli(*args, "--lang", "zh").stdout


def test_why_not_where_nothing_would_pass(url):
    """A stranger can do nothing."""
    args = ("why-not", "C2", "--actor", "nobody", "--storage", url, "--at", DAY3)

    assert [] == answer(*args)["can"]
    assert "nothing would pass now\n" == cli(*args).stdout


def test_why_not_of_a_customer_not_on_record(url):
    """A command about nobody is refused, a list about nobody is an error."""
    about = ("--actor", "li", "--storage", url)

    assert "not-on-record" == answer("why-not", "C9", "abandon", *about)["refused"][0]["code"]
    assert 1 == cli("why-not", "C9", *about).exit_code


def test_why_not_register(url):
    """A registration can be asked about under the id it shall have, or under none."""
    fields = ("name=靖江市春意空调有限公司", "address=x", "industry=制造业", "phone=1", "introduction=x")
    given = [part for field in fields for part in ("--field", field)]
    for id in ("-", "C9"):
        args = ("why-not", id, "register", "--actor", "li", "--role", "pre-sales", *given, "--storage", url)

        assert ["same-name-in-pool"] == [one["code"] for one in answer(*args, "--at", DAY3)["refused"]]


@pytest.mark.parametrize(
    ("do", "fields", "path"),
    [
        ("fly", [], "do"),
        ("sign", [], "contract"),
        ("protect", ["colour=red"], "colour"),
        ("protect", ["contact"], "--field"),
        ("protect", ["=x"], "--field"),
        ("protect", ["contact=王"], "contact"),
        ("protect", ["contact=王", "contact.main=true"], "contact.name"),
        ("change-contact", ["number=one", "contact.name=王"], "number"),
        ("hand-over", ["to=x", "teams=service"], "teams"),
    ],
)
def test_fields_that_cannot_be_are_named(do, fields, path):
    """The error names the field, as for any command."""
    with pytest.raises(Invalid) as error:
        command_of(do, "C1", fields)

    assert path in [fault.path for fault in error.value.faults]


def test_values_are_text_or_json_as_the_field_wants():
    """A contract number of digits stays text, a list and a number are read as JSON, times as times."""
    contact = command_of("change-contact", "C1", ["number=2", "contact.name=5", "active=false"])
    said = command_of("record-follow-up", "C1", ["channel=phone", "content=1", "next_contact_at=2026-03-05T09:00:00Z"])
    when = datetime(2026, 3, 5, 9, tzinfo=UTC)

    assert Sign("C1", "123", date(2026, 2, 28)) == command_of("sign", "C1", ["contract=123", "signed_on=2026-02-28"])
    assert HandOver("C1", "x", ("service", "a=b")) == command_of(
        "hand-over", "C1", ["to=x", 'teams=["service", "a=b"]']
    )
    assert ChangeContact("C1", 2, ContactDetails("5"), active=False) == contact
    assert RecordFollowUp(customer="C1", channel="phone", content="1", next_contact_at=when) == said


# ------------------------------------------------------------------------------------------------------ upkeep


@pytest.mark.rule("P-19")
def test_a_sweep_stores_what_is_due_once(url):
    """Swept twice, nothing more falls."""
    sweep = ("sweep", "--storage", url, "--at", "2026-05-01T09:00:00+08:00")

    assert {"fell": 2} == answer(*sweep)
    assert {"fell": 0} == answer(*sweep)
    assert "0 protections ended and were stored\n" == cli(*sweep).stdout


@pytest.mark.rule("D-09")
def test_reindex_makes_a_field_searchable(tmp_path):
    """Customers stored before the field was declared so are rewritten once, and found."""
    url = f"sqlite:///{tmp_path / 'fields.db'}"
    plain, indexed = (
        ("--set", f'customers.custom_fields=[{{name = "units", type = "integer", indexed = {is_indexed}}}]')
        for is_indexed in ("false", "true")
    )
    cli("run", "-", "--storage", url, *plain, input=jsonl(registration(fields={"units": 40})))

    assert {"reindexed": 1} == answer("reindex", "--storage", url, *indexed)
    assert "0 customers have new index entries\n" == cli("reindex", "--storage", url, *indexed).stdout
    fields = [{"name": "units", "type": "integer", "indexed": True}]
    with CRM.open(url, overrides={"customers.custom_fields": fields}) as crm:
        assert ["C1"] == [customer.id for customer in crm.customers.by_field("units", 40)]


def test_a_sound_storage_verifies(url):
    """Customers and events are counted; the status is 0."""
    result = cli("verify", "--storage", url)

    assert {"ok": True, "customers": 3, "events": 10, "problems": []} == answer("verify", "--storage", url)
    assert (0, "3 customers, 10 events checked: everything adds up\n") == (result.exit_code, result.stdout)


def test_an_empty_storage_verifies():
    """Nothing is wrong with nothing."""
    assert {"ok": True, "customers": 0, "events": 0, "problems": []} == answer("verify", "--storage", "memory://")


def test_a_damaged_storage_does_not_verify(url):
    """A lost event is found; the customer is named, the status is 1."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as base:
        tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        events = next(name for name in tables if "event" in name)
        base.execute(f"DELETE FROM {events} WHERE position = (SELECT max(position) FROM {events})")
    base.close()
    result = cli("verify", "--storage", url)
    data = answer("verify", "--storage", url)

    assert 1 == result.exit_code
    assert (False, ["C3"]) == (data["ok"], sorted({p["customer"] for p in data["problems"]} - {"*"}))
    assert "C3" in result.stdout
    assert {"customer", "code", "message"} == data["problems"][0].keys()
