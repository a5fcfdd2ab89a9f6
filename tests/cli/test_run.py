"""``crmcore run``: one command a line in, one outcome a line out."""

import json
import subprocess
import sys

import pytest

from crmcore.cli.run import LONGEST_LINE
from crmcore.errors import OutcomeUnknown
from tests.cli.helpers import BOSS, WANG, cli, give, jsonl, lines, process, registration

STORY = [
    registration(),
    give("protect", actor=WANG, customer="C1"),
    give("apply-for-intent", "2026-03-02T09:00:00+08:00", customer="C1", reason="询价"),
    give("approve-intent", "2026-03-03T09:00:00+08:00", BOSS, customer="C1"),
    give("abandon", "2026-04-30T09:00:00+08:00", customer="C1", reason="太迟"),
]


def run(tmp_path, content, *args):
    """Run a file with this content; the result."""
    path = tmp_path / "commands.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return cli("run", path, "--storage", "memory://", *args)


def test_without_a_storage_commands_are_tried_in_memory(tmp_path):
    """Outcomes are printed as ever, and the next run knows nothing of them."""
    path = tmp_path / "commands.jsonl"
    path.write_text(jsonl(registration()), encoding="utf-8")

    assert [True, True] == [json.loads(cli("run", str(path)).stdout)["ok"] for _ in range(2)]


def test_a_command_that_passes_prints_events_and_customer(tmp_path):
    """The shape of an outcome is exactly this, and nothing personal is in it."""
    result = run(tmp_path, jsonl(registration()))
    (outcome,) = lines(result.stdout)
    registered, protected = outcome["events"]

    assert 0 == result.exit_code
    assert ["ok", "events", "customer"] == list(outcome)
    assert outcome["ok"] is True
    assert {
        "type": "protected",
        "customer": "C1",
        "at": "2026-03-01T09:00:00+08:00",
        "owner": "li",
        "teams": ["north"],
        "deadline": "2026-03-31T09:00:00+08:00",
        "review": None,
        "cool_downs": [],
        "by": "li",
        "number": 2,
        "policy": registered["policy"],
    } == protected
    assert {
        "id": "C1",
        "number": "KH-000001",
        "stage": "potential",
        "owner": "li",
        "deadline": "2026-03-31T09:00:00+08:00",
        "version": 2,
        "since": "2026-03-01T09:00:00+08:00",
        "pool": "public",
        "locked": False,
        "request": None,
        "review": None,
        "merged_into": None,
    } == outcome["customer"]
    assert "春意" not in result.stdout


def test_a_refused_command_prints_the_customer_and_every_reason(tmp_path):
    """A refusal is a normal answer: the status stays 0."""
    result = run(tmp_path, jsonl(registration(), give("protect", actor=WANG, customer="C1")))
    refused = lines(result.stdout)[1]

    assert 0 == result.exit_code
    assert ["ok", "customer", "refused"] == list(refused)
    assert (False, "C1", "li") == (refused["ok"], refused["customer"]["id"], refused["customer"]["owner"])
    assert [("P-02", "already-protected")] == [(one["rule"], one["code"]) for one in refused["refused"]]
    assert ["rule", "code", "until", "message", "params"] == list(refused["refused"][0])


def test_a_customer_not_on_record_is_null(tmp_path):
    """A refusal about nobody has no customer."""
    (refused,) = lines(run(tmp_path, jsonl(give("abandon", customer="C9", reason="x"))).stdout)

    assert refused["customer"] is None
    assert "not-on-record" == refused["refused"][0]["code"]


def test_a_line_not_understood_is_told_and_the_run_goes_on(tmp_path):
    """The error names line and field, the other lines are answered, the status is 1."""
    result = run(tmp_path, jsonl(registration(), "", give("protect", "2026-03-01T09:00:00", customer="C1"), STORY[1]))
    passed, wrong, refused = lines(result.stdout)

    assert 1 == result.exit_code
    assert (True, False) == (passed["ok"], refused["ok"])
    assert ["ok", "line", "error"] == list(wrong)
    assert (False, 3) == (wrong["ok"], wrong["line"])
    assert ["code", "field", "message", "faults"] == list(wrong["error"])
    assert ("invalid", "at") == (wrong["error"]["code"], wrong["error"]["field"])
    assert [("at", "naive-time")] == [(one["field"], one["fault"]) for one in wrong["error"]["faults"]]


def test_messages_are_in_the_language_asked_for(tmp_path):
    """--lang zh gives Chinese reasons; codes stay."""
    content = jsonl(registration(), STORY[1], "{")
    refused, wrong = lines(run(tmp_path, content, "--lang", "zh").stdout)[1:]

    assert "已是潜在客户" in refused["refused"][0]["message"]
    assert ("already-protected", "潜在客户") == (
        refused["refused"][0]["code"],
        refused["refused"][0]["params"]["stage"],
    )
    assert "不是有效的 JSON" in wrong["error"]["message"]


BAD = [
    b"\xff\xfe{}",
    b"[" * 100_000,
    b"nonsense",
    b"[1]",
    b'{"a": 1, "a": 2}',
    b'{"a": NaN}',
    b'{"at": ' + b"9" * 5000 + b"}",
    json.dumps(give("abandon", customer="C1", reason="x" * 10_000_000)).encode(),
    json.dumps(give("abandon", customer="C1", reason="\ud800")).encode(),
    json.dumps(give("abandon", customer="C1", reason="a\0b")).encode(),
    json.dumps(give("transfer", customer="C1", to="x", teams=["\ud800"])).encode(),
    json.dumps(give("fly", customer="C1")).encode(),
    json.dumps(give("abandon", customer="C1", colour="red")).encode(),
    json.dumps(give("record-score", customer="C1", score=None)).encode(),
    json.dumps(give("record-score", customer="C1", score={"inputs": [1]})).encode(),
    json.dumps(give("record-score", customer="C1", score={"inputs": None})).encode(),
    json.dumps(give("record-score", customer="C1", score={"inputs": "x"})).encode(),
    json.dumps(give("record-score", customer="C1", score={"inputs": {"x": {"value": [1], "evidence": 1}}})).encode(),
]


def test_no_input_stops_a_run(tmp_path):
    """Bytes, nesting, numbers, texts and fields of the worst kind get an error each, in order, at their lines."""
    content = b"\xef\xbb\xbf" + b"\n".join([*BAD, b"   ", b"\r", jsonl(registration()).strip().encode()])
    result = run(tmp_path, content)
    *wrong, last = lines(result.stdout)

    assert 1 == result.exit_code
    assert list(range(1, len(BAD) + 1)) == [one["line"] for one in wrong]
    assert {"invalid"} == {one["error"]["code"] for one in wrong}
    assert last["ok"] is True


def test_a_byte_order_mark_is_no_fault(tmp_path):
    """A file that an editor marked as UTF-8 reads like one without."""
    assert 0 == run(tmp_path, b"\xef\xbb\xbf" + jsonl(registration()).encode()).exit_code


def test_a_line_without_end_is_not_kept(tmp_path, monkeypatch):
    """A line longer than any command is skipped to its end."""
    monkeypatch.setattr("crmcore.cli.run.LONGEST_LINE", 2000)
    wrong, passed = lines(run(tmp_path, "x" * 9000 + "\n" + jsonl(registration())).stdout)

    assert ("too-long", 1) == (wrong["error"]["faults"][0]["fault"], wrong["line"])
    assert passed["ok"] is True
    assert LONGEST_LINE > 10_000_000


def test_a_command_may_bring_about_an_error_of_its_own(tmp_path):
    """A deadline beyond the calendar is that line's error; the others of its batch are stored."""
    late = registration("C2", "宁波岚槿电子科技有限公司", at="9998-12-31T00:00:00Z")
    content = jsonl(registration(), late, STORY[1])
    result = run(tmp_path, content, "--set", "customers.protection.potential_days=3000")
    passed, wrong, refused = lines(result.stdout)

    assert 1 == result.exit_code
    assert passed["ok"] is True
    assert (2, "out-of-range") == (wrong["line"], wrong["error"]["faults"][0]["fault"])
    assert "already-protected" == refused["refused"][0]["code"]


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_memory_and_sqlite_print_the_same_lines(tmp_path, batch):
    """Neither the storage nor the size of a batch can be told from the output."""
    path = tmp_path / "story.jsonl"
    path.write_text(jsonl(STORY[0], "{", *STORY[1:]), encoding="utf-8")
    expected = cli("run", path, "--storage", "memory://").stdout
    url = f"sqlite:///{tmp_path / 'x.db'}"

    assert expected == cli("run", path, "--storage", url, "--batch", batch).stdout
    assert 6 == len(expected.splitlines())


def test_standard_input_is_read(tmp_path):
    """A dash stands for standard input."""
    result = cli("run", "-", "--storage", "memory://", input=jsonl(*STORY[:2]))

    assert [True, False] == [one["ok"] for one in lines(result.stdout)]


def test_a_pipe_is_answered_line_by_line():
    """Whoever writes a command gets its outcome before writing the next."""
    command = [sys.executable, "-m", "crmcore.cli", "run", "-", "--storage", "memory://"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as talk:
        assert talk.stdin is not None
        assert talk.stdout is not None
        answers = []
        for one in STORY[:2]:
            talk.stdin.write(jsonl(one).encode())
            talk.stdin.flush()
            answers.append(json.loads(talk.stdout.readline())["ok"])
        talk.stdin.close()

        assert [True, False] == answers
        assert 0 == talk.wait(timeout=60)


def test_policy_and_settings_apply(tmp_path):
    """--policy and --set change the rules."""
    days = run(tmp_path, jsonl(registration()), "--set", "customers.protection.potential_days=10")
    reviewed = run(tmp_path, jsonl(registration()), "--policy", "reviewed")

    assert "2026-03-11T09:00:00+08:00" == lines(days.stdout)[0]["customer"]["deadline"]
    assert "li" == lines(reviewed.stdout)[0]["customer"]["review"]["by"]


def test_spaces_are_apart(tmp_path):
    """The same id may exist in two spaces of one storage."""
    path, url = tmp_path / "c.jsonl", f"sqlite:///{tmp_path / 'x.db'}"
    path.write_text(jsonl(registration()), encoding="utf-8")
    both = [cli("run", path, "--storage", url, "--space", space).stdout for space in ("a", "b")]

    assert both[0] == both[1]


def many(count):
    """So many registrations, each of some size, of names that are not alike."""
    names = (f"靖江市{chr(0x5E00 + number)}{chr(0x7000 + number)}空调有限公司" for number in range(count))
    return [registration(f"C{number}", name, introduction="空调" * 100) for number, name in enumerate(names)]


def test_a_full_disk_stops_the_run_at_a_line(tmp_path):
    """What was printed is stored, the message says where the run stopped, the status is 3."""
    path, db = tmp_path / "c.jsonl", tmp_path / "x.db"
    path.write_text(jsonl("{", *many(400)), encoding="utf-8")
    result = cli("run", path, "--storage", f"sqlite:///{db}?max_pages=150", "--batch", "20")
    stored = [one for one in lines(result.stdout) if one["ok"]]
    verified = json.loads(cli("verify", "--storage", f"sqlite:///{db}", "--json").stdout)

    assert 3 == result.exit_code
    assert 0 < len(stored) < 400
    assert (True, len(stored)) == (verified["ok"], verified["customers"])
    assert f"stopped at line {len(stored) + 2}:" in result.stderr
    assert "max_pages" in result.stderr
    assert 1 == len(result.stderr.strip().splitlines())


def test_a_lost_commit_is_not_called_lost(tmp_path, monkeypatch):
    """Where nobody knows whether a batch was stored, the message says so."""
    monkeypatch.setattr("crmcore.app.crm.CRM.answer_all", lost)
    result = run(tmp_path, jsonl(registration(), registration("C2")), "--lang", "zh")

    assert 3 == result.exit_code
    assert "第 1 至 2 行是否已保存不明" in result.stderr


def lost(self, requests, *, size):
    """An ``answer_all`` whose commit is never confirmed."""
    raise OutcomeUnknown("somewhere")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.mkdir(), "cannot be opened"),
        (lambda path: path.write_text("not a database, but long enough to be taken for one" * 50), "not a database"),
    ],
)
def test_a_storage_that_cannot_be_used_is_named(tmp_path, make, words):
    """A folder and a foreign file are told apart in one line."""
    target = tmp_path / "target"
    make(target)
    path = tmp_path / "c.jsonl"
    path.write_text(jsonl(registration()), encoding="utf-8")
    result = cli("run", path, "--storage", f"sqlite:///{target}")

    assert 3 == result.exit_code
    assert words in result.stderr
    assert str(target) in result.stderr
    assert "" == result.stdout
    assert 1 == len(result.stderr.strip().splitlines())


def test_a_missing_file_is_a_wrong_question(tmp_path):
    """Status 2, and the file's name."""
    result = cli("run", tmp_path / "absent.jsonl", "--storage", "memory://")

    assert 2 == result.exit_code
    assert "absent.jsonl" in result.stderr


def test_a_reader_that_goes_away_ends_the_run_quietly(tmp_path):
    """As with ``| head -1``: no message, no traceback."""
    path = tmp_path / "c.jsonl"
    path.write_text(jsonl(*many(1500)), encoding="utf-8")
    command = [sys.executable, "-m", "crmcore.cli", "run", str(path), "--storage", "memory://", "--batch", "50"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as talk:
        assert talk.stdout is not None
        assert talk.stderr is not None
        first = talk.stdout.readline()
        talk.stdout.close()
        complaints = talk.stderr.read()

        assert json.loads(first)["ok"] is True
        assert b"" == complaints
        assert 141 == talk.wait(timeout=60)


def test_output_is_utf_8_whatever_the_locale(tmp_path):
    """Chinese goes through a pipe of a program that was started with an ASCII locale."""
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = process("run", "-", "--storage", "memory://", "--lang", "zh", input=jsonl(*STORY[:2]).encode(), env=env)

    assert 0 == done.returncode
    assert "已是潜在客户" in done.stdout.decode()


def test_a_long_run_answers_every_line(tmp_path):
    """A thousand commands over several transactions get a thousand answers, in their order."""
    answered = lines(run(tmp_path, jsonl(*many(1000))).stdout)

    assert [f"C{number}" for number in range(1000)] == [one["customer"]["id"] for one in answered]
    assert all(one["ok"] for one in answered)
