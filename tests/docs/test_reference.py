"""The reference pages that follow from the code are what the code gives now, and their making reads it rightly."""

from pathlib import Path

import pytest

from crmcore.customers import COMMANDS, LIFECYCLE, Abandon, Absent, Pool, Potential, Protect, Register
from crmcore.customers.events import EVENTS
from crmcore.kernel.machine import Row
from docs._tools import reference
from docs._tools.fields import CATALOGUE, events_of, reasons_of, table


def test_pages_are_current():
    """Every generated page stands in docs as the code gives it."""
    assert [] == reference.check()


def test_drift_is_told(tmp_path: Path):
    """A page that differs and a page that is missing are both named, with the command that mends them."""
    for name, page in reference.PAGES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(page(), encoding="utf-8")
    (tmp_path / "reference" / "events.md").write_text("# Events\n", encoding="utf-8")
    (tmp_path / "zh" / "lifecycle.md").unlink()

    assert [
        "docs/reference/events.md has drifted: run python -m docs._tools.reference",
        "docs/zh/lifecycle.md has drifted: run python -m docs._tools.reference",
    ] == reference.check(tmp_path)


def test_every_command_event_and_reason_is_told():
    """No command, event or entry of the catalogue is left out."""
    commands, events, refusals = reference.commands_page(), reference.events_page(), reference.refusals_page()

    assert [] == [name for name in COMMANDS if f"\n## {name}\n" not in commands]
    assert [] == [event.type for event in EVENTS if f"\n## {event.type}\n" not in events]
    assert [] == [reason for reason in CATALOGUE if f"`{reason.code}` | {reason.en}<br>{reason.zh}" not in refusals]


@pytest.mark.parametrize(
    ("stage", "command", "expected"),
    [
        (
            Pool,
            Protect,
            {"P-08 cooling-down", "P-09 no-contact", "P-09 no-follow-up", "P-16 limit-stage", "F-01 held-later"},
        ),
        (Absent, Register, {"D-02 required", "D-03 not-a-full-name", "P-02 same-name", "P-16 claim-interval"}),
        (Potential, Abandon, {"P-08 reason-required"}),
        (Potential, Protect, {"P-02 already-protected"}),
    ],
    ids=["claim", "register", "abandon", "never"],
)
def test_reasons_of_a_line_are_found(stage, command, expected):
    """What guards may refuse with is found wherever it stands: in closures, constants, helpers, groups of guards."""
    found = {f"{reason.rule} {reason.code}" for reason in reasons_of(LIFECYCLE.line(stage, command))}

    assert expected == expected & found


def test_every_reason_refuses_something():
    """Each entry of the catalogue is found at some line, but for the two that hold everywhere and who may."""
    found = {reason for line in LIFECYCLE.lines for reason in reasons_of(line)}

    assert {"not-permitted", "out-of-order"} == {reason.code for reason in CATALOGUE if reason not in found}


def test_every_event_has_a_cause():
    """Each event is brought about by some command or by time."""
    rows = [events_of(line) for line in LIFECYCLE.lines if isinstance(line, Row)]
    found = {event for events in (*rows, *map(events_of, LIFECYCLE.lapses)) for event in events}

    assert set(EVENTS) == found


def test_cells_cannot_break_a_table():
    """A bar inside a cell is escaped."""
    assert "| a |\n| --- |\n| x \\| y |\n" == table(["a"], [["x | y"]])


def test_command_line_of_the_tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """It writes what is missing, finds nothing to mend afterwards, and knows no other option."""
    for folder in ("reference", "zh", "_static"):
        (tmp_path / folder).mkdir()
    (tmp_path / "reference" / "rules.toml").write_bytes((reference.DOCS / "reference" / "rules.toml").read_bytes())
    monkeypatch.setattr(reference, "DOCS", tmp_path)

    assert 0 == reference.main([])
    assert [] == reference.check(tmp_path)
    assert 0 == reference.main(["--check"])
    assert 2 == reference.main(["--chekc"])
    assert "usage:" in capsys.readouterr().err
