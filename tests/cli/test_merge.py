"""Merging on the command line: by name like every command, and shown on either side (M-06)."""

import pytest

from tests.cli.helpers import BOSS, LI, answer, cli, give, jsonl, lines, registration

NIGHT = "2026-03-01T20:00:00+08:00"
STORY = [
    registration(),
    {**registration("C2", "泰州春意空调有限公司", into="pool", website="chunyi.example"), "actor": BOSS},
    give("merge", NIGHT, BOSS, customer="C2", into="C1", reason="同一企业"),
]


@pytest.fixture
def url(tmp_path):
    """A storage in which C2 has been merged into C1."""
    url = f"sqlite:///{tmp_path / 'merged.db'}"
    result = cli("run", "-", "--storage", url, input=jsonl(*STORY))

    assert [True, True, True] == [one["ok"] for one in lines(result.stdout)]
    return url


@pytest.mark.rule("M-06", "A-05")
def test_a_merge_prints_the_events_of_both(tmp_path):
    """The record is shown as merged, and nothing personal is printed."""
    result = cli("run", "-", "--storage", "memory://", input=jsonl(*STORY))
    merge = lines(result.stdout)[-1]

    assert [("merged-into", "C2"), ("absorbed", "C1")] == [(one["type"], one["customer"]) for one in merge["events"]]
    assert ("C2", "merged", None, "C1") == tuple(
        merge["customer"][name] for name in ("id", "stage", "owner", "merged_into")
    )
    assert not any(word in result.stdout for word in ("春意", "0523", "示例路", "同一企业"))


@pytest.mark.rule("M-06")
def test_an_undoing_is_a_command_by_name(url):
    """So is what refuses it."""
    undo = give("undo-merge", NIGHT, BOSS, customer="C2", reason="两家企业")
    told = lines(cli("run", "-", "--storage", url, input=jsonl(undo, undo)).stdout)

    assert [True, False] == [one["ok"] for one in told]
    assert ["M-06 not-merged"] == [f"{one['rule']} {one['code']}" for one in told[1]["refused"]]


@pytest.mark.rule("M-06")
def test_show_tells_where_a_record_went_and_what_came_from_it(url):
    """In both languages, and with the history on either side."""
    record = cli("show", "C2", "--storage", url, "--at", NIGHT, "--history", "--lang", "zh").stdout
    survivor = cli("show", "C1", "--storage", url, "--at", NIGHT, "--history").stdout

    assert "已合并" in record
    assert any("并入" in line and "C1" in line for line in record.splitlines())
    assert any("merged into it" in line and "C2" in line for line in survivor.splitlines())
    assert "record merged into it" in survivor


@pytest.mark.rule("M-06")
def test_json_has_the_provenance(url):
    """Which fields came from which record, and how much of each list."""
    data = answer("show", "C1", "--storage", url, "--at", NIGHT)

    assert [("C2", ["website"])] == [(one["record"], one["taken"]) for one in data["merges"]]
    assert "C1" == answer("show", "C2", "--storage", url, "--at", NIGHT)["merged_into"]


@pytest.mark.rule("M-06", "P-21")
def test_why_not_names_the_survivor(url):
    """Of a command about the record that was merged."""
    options = ("--storage", url, "--at", NIGHT, "--actor", LI["id"], "--role", "pre-sales")
    told = answer("why-not", "C2", "protect", *options)

    assert [("M-06", "merged", "C1")] == [
        (one["rule"], one["code"], one["params"]["survivor"]) for one in told["refused"]
    ]
