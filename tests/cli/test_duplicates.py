"""``find``, ``duplicates``, ``rekey``, and what ``run`` says of records alike."""

import pytest

from crmcore.app.finding import Duplicates
from crmcore.errors import Unavailable
from tests.cli.helpers import BOSS, WANG, answer, cli, give, jsonl, lines, registration

AT = "2026-03-02T09:00:00+08:00"
ALIKE = "靖江市春义空调有限公司"
STORY = [
    registration(),
    registration("C2", ALIKE, phone="0523-55501235"),
    registration("C3", "宁波岚槿物流有限公司", phone="0574-55501236"),
]


@pytest.fixture
def url(tmp_path):
    """A storage with three enterprises, the first two alike."""
    url = f"sqlite:///{tmp_path / 'x.db'}"
    done = cli("run", "-", "--storage", url, input=jsonl(*STORY))

    assert 0 == done.exit_code
    return url


@pytest.mark.rule("M-01")
def test_find_shows_who_has_a_name_with_the_fragment(url):
    """Number, name, stage and owner, in both languages, or as JSON."""
    english = cli("find", "春意", "--storage", url, "--at", AT)
    chinese = cli("find", "春意", "--storage", url, "--at", AT, "--lang", "zh").stdout
    [found] = answer("find", "春意", "--storage", url, "--at", AT)["found"]

    assert 0 == english.exit_code
    for text in (english.stdout, chinese):
        assert "KH-000001" in text
        assert "靖江市春意空调有限公司" in text
    assert "potential" in english.stdout
    assert "潜在客户" in chinese
    assert ("C1", "li", False) == (found["customer"], found["owner"], found["owner_hidden"])
    assert "nothing found" in cli("find", "远山", "--storage", url).stdout
    assert 2 == cli("find", "春", "--storage", url).exit_code


@pytest.mark.rule("M-01", "P-02")
def test_find_hides_the_owner_where_policy_says_so(url):
    """The stage shows all the same."""
    masked = ("--set", 'matching.owner_shown_to=["manager"]', "--at", AT)

    assert "somebody else" in cli("find", "春意", "--storage", url, *masked).stdout
    assert "somebody else" not in cli("find", "春意", "--storage", url, *masked, "--role", "manager").stdout


@pytest.mark.rule("M-02", "M-07")
def test_duplicates_explains_who_is_alike(url):
    """Of one customer, or of everything on record."""
    one = cli("duplicates", "C2", "--storage", url, "--at", AT).stdout
    every = cli("duplicates", "--all", "--storage", url, "--at", AT, "--lang", "zh").stdout
    [similar] = answer("duplicates", "C2", "--storage", url, "--at", AT)["similar"]
    [cluster] = answer("duplicates", "--all", "--storage", url, "--at", AT)["clusters"]

    assert "KH-000001" in one
    assert "KH-000001 (C1)" in every
    assert "1 条记录有相似记录" in every
    assert ("C1", "similar") == (similar["customer"], similar["outcome"])
    assert len(similar["explained"]) > 1
    assert ("C1", ["C2"]) == (cluster["customer"], [member["customer"] for member in cluster["members"]])
    assert "nothing found" in cli("duplicates", "C3", "--storage", url).stdout


@pytest.mark.rule("L-04", "M-02")
def test_somebody_who_may_not_know_is_told_that_there_is_one(tmp_path):
    """Neither which nor whose, as a table and as JSON; and finds nobody."""
    grants = ("--set", 'customers.rights.register-into-pool=["agent", "manager"]')
    agent = {"id": "a1", "roles": ["agent"]}
    own = registration("C2", ALIKE, phone="0523-55501235", into="pool") | {"actor": agent}
    where = ("--storage", f"sqlite:///{tmp_path / 'x.db'}")
    cli("run", "-", *where, *grants, input=jsonl(registration(), own))
    who = (*where, *grants, "--actor", "a1", "--role", "agent", "--at", AT)
    [similar] = answer("duplicates", "C2", *who)["similar"]
    table = cli("duplicates", "C2", *who).stdout

    assert [None, None, None, None, True] == [
        similar[name] for name in ("customer", "number", "stage", "owner", "owner_hidden")
    ]
    assert "somebody else" in table
    assert "potential" not in table
    assert {"found": []} == answer("find", "春意", *who)
    assert 1 == cli("duplicates", "C1", *who).exit_code


def test_duplicates_takes_a_number_as_well(url):
    """As show does; of nobody it says so."""
    by_number = answer("duplicates", "KH-000002", "--storage", url, "--at", AT)
    nobody = cli("duplicates", "KH-000009", "--storage", url)

    assert answer("duplicates", "C2", "--storage", url, "--at", AT) == by_number
    assert ["C1"] == [one["customer"] for one in by_number["similar"]]
    assert (1, True) == (nobody.exit_code, "KH-000009" in nobody.stderr)


@pytest.mark.rule("M-07")
@pytest.mark.parametrize(("how", "begins"), [((), "KH-000001 (C1) is like"), (("--json",), '{"clusters": [{')])
def test_clusters_are_told_as_they_come(url, monkeypatch, how, begins):
    """What has been found is told although the storage fails later; nothing is gathered up."""
    found = Duplicates.all

    def failing(self, **asked):
        yield from found(self, **asked)
        raise Unavailable("elsewhere", "it is gone")

    monkeypatch.setattr(Duplicates, "all", failing)
    done = cli("duplicates", "--all", "--storage", url, "--at", AT, *how)

    assert 3 == done.exit_code
    assert done.stdout.startswith(begins)


def test_no_clusters_at_all(tmp_path):
    """An empty list, and a number."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    cli("run", "-", "--storage", url, input=jsonl(registration()))

    assert {"clusters": []} == answer("duplicates", "--all", "--storage", url)
    assert "records with others like them: 0" in cli("duplicates", "--all", "--storage", url).stdout


@pytest.mark.parametrize("arguments", [(), ("C1", "--all")])
def test_duplicates_wants_a_customer_or_all(url, arguments):
    """One of the two."""
    done = cli("duplicates", *arguments, "--storage", url)

    assert 2 == done.exit_code
    assert "a customer, or --all" in done.stderr


@pytest.mark.rule("M-05")
def test_rekey_says_how_many_have_new_keys(url):
    """None, where the keys are those of the rules in force; all, where analysis is switched off or on again."""
    off = ("--set", "matching.similar=off")

    assert {"rekeyed": 0} == answer("rekey", "--storage", url)
    assert {"rekeyed": 3} == answer("rekey", "--storage", url, *off)
    assert "3 customers have new keys" in cli("rekey", "--storage", url).stdout


@pytest.mark.rule("M-03")
def test_run_tells_of_records_alike_and_of_conflicts(tmp_path):
    """Where there are any; otherwise the outcome has no such fields."""
    story = [
        *STORY[:2],
        give("open-conflict", actor=WANG, id="X1", customer="C2", other="C1"),
        give("decide-conflict", actor=BOSS, conflict="X1", in_favour_of="C1", note="先登记"),
        give("decide-conflict", actor=BOSS, conflict="X9", note="?"),
    ]
    done = cli("run", "-", "--storage", f"sqlite:///{tmp_path / 'y.db'}", input=jsonl(*story))
    first, second, opened, decided, unknown = lines(done.stdout)

    assert not {"similar", "conflict"} & set(first)
    assert ["C1"] == [one["customer"] for one in second["similar"]]
    assert ("open", "C1") == (opened["conflict"]["stage"], opened["conflict"]["first_claim"]["customer"])
    assert ["X1"] == [event["conflict"] for event in decided["events"]]
    assert ("decided", "boss", "C1", None) == tuple(
        decided["conflict"][name] for name in ("stage", "decided_by", "in_favour_of", "due")
    )
    assert ["M-03"] == [one["rule"] for one in unknown["refused"]]
    assert "先登记" not in done.stdout
