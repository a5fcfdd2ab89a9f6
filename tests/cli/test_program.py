"""The program as a whole, ``diagram`` and ``policy``."""

import sys

import pytest

from crmcore import __version__, load_policy
from crmcore.app.policy import as_data
from crmcore.cli import main
from crmcore.cli.console import PlainConsole
from crmcore.cli.program import COMMANDS
from crmcore.cli.terminal import printable, progress
from crmcore.customers import LIFECYCLE, Absent
from crmcore.kernel.diagrams import grid, mermaid
from tests.cli.helpers import answer, cli, process


def test_help_names_every_command():
    """--help lists them all, each with a short text that is not cut."""
    result = cli("--help")

    assert 0 == result.exit_code
    assert all(f"\n  {name} " in result.stdout for name in COMMANDS)
    assert "..." not in result.stdout.partition("Commands:")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name):
    """Each explains itself, in 80 columns."""
    result = cli(name, "--help")

    assert 0 == result.exit_code
    assert 100 >= max(len(line) for line in result.stdout.splitlines())


def test_every_command_takes_json():
    """--json is understood everywhere."""
    for name in COMMANDS:
        if name != "policy":
            assert "--json" in cli(name, "--help").stdout
    assert all("--json" in cli("policy", inner, "--help").stdout for inner in ("check", "show"))


def test_an_unknown_command_is_a_wrong_question():
    """Status 2."""
    assert 2 == cli("fly").exit_code


def test_the_program_runs_as_a_module():
    """``python -m crmcore.cli`` is the command, and exits with its status."""
    version, wrong = process("--version"), process("show", "x", "--storage", "memory://")

    assert (0, f"crmcore, version {__version__}") == (version.returncode, version.stdout.decode().strip())
    assert (1, b"") == (wrong.returncode, wrong.stdout)
    assert b"Traceback" not in wrong.stderr


@pytest.mark.parametrize("package", ["click", "rich"])
def test_without_its_packages_the_program_says_how_to_get_them(monkeypatch, capsys, package):
    """One line and status 2."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SystemExit) as leaving:
        main()
    captured = capsys.readouterr()

    assert 2 == leaving.value.code
    assert "crmcore: the command line needs more packages: pip install 'crmcore[cli]'\n" == captured.err


def test_a_broken_argument_is_told_without_a_traceback():
    """Bytes that are no text in this locale come back escaped."""
    done = process("show", b"\xff".decode(errors="surrogateescape"), "--storage", "memory://")
    data = process("show", b"\xff".decode(errors="surrogateescape"), "--storage", "memory://", "--json")

    assert (1, 1) == (done.returncode, data.returncode)
    assert b"Traceback" not in done.stderr + data.stderr


# ------------------------------------------------------------------------------------------------------------- diagram


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_diagram_comes_from_the_table(lang):
    """Mermaid text, or the grid of stages and commands, in both languages."""
    assert mermaid(LIFECYCLE, Absent, lang) == cli("diagram", "--lang", lang).stdout
    assert grid(LIFECYCLE, lang) == cli("diagram", "--table", "--lang", lang).stdout


def test_the_diagram_as_json():
    """The same text in an object."""
    assert {"mermaid": mermaid(LIFECYCLE, Absent)} == answer("diagram")
    assert {"table": grid(LIFECYCLE)} == answer("diagram", "--table")


# -------------------------------------------------------------------------------------------------------------- policy


@pytest.mark.parametrize("preset", ["standard", "reviewed"])
def test_the_presets_are_sound(preset):
    """Nothing to remark, status 0, and the stamp that stands on events."""
    result = cli("policy", "check", preset)

    assert (0, [load_policy(preset).stamp, "nothing to remark"]) == (result.exit_code, result.stdout.splitlines())
    assert {"ok": True, "policy": load_policy(preset).stamp, "findings": []} == answer("policy", "check", preset)


def test_a_policy_that_stops_the_business_is_told():
    """Findings of level error give status 1."""
    setting = ("--set", "customers.limits.potential=0")
    result = cli("policy", "check", *setting)
    data = answer("policy", "check", *setting, "--lang", "zh")

    assert 1 == result.exit_code
    assert "error: stage potential: " in result.stdout
    assert data["ok"] is False
    assert {"level", "path", "code", "message"} == data["findings"][0].keys()
    assert "unreachable-stage" == data["findings"][0]["code"]


def test_a_policy_with_a_warning_can_be_used():
    """A warning is told, the status is 0."""
    result = cli("policy", "check", "--set", "customers.agenda.reminder_days=60", "--lang", "zh")

    assert 0 == result.exit_code
    assert "警告: customers.agenda.reminder_days" in result.stdout


def test_a_policy_that_cannot_be_used_is_told_fault_by_fault(tmp_path):
    """A line for each fault, with its path; status 1."""
    path = tmp_path / "bad.toml"
    path.write_text("[customers.protection]\npotential_days = 'x'\nintent_days = -1\ncolour = 1\n", encoding="utf-8")
    result = cli("policy", "check", path)
    data = answer("policy", "check", path)

    assert 1 == result.exit_code
    assert (False, "policy-invalid") == (data["ok"], data["error"]["code"])
    assert {fault["field"] for fault in data["error"]["faults"]} == {
        line.partition(":")[0] for line in result.stdout.splitlines()
    }
    assert "customers.protection.potential_days" in result.stdout


def test_an_absent_policy_is_told():
    """Neither a file nor a preset."""
    result = cli("policy", "check", "absent.toml")

    assert 1 == result.exit_code
    assert "absent.toml" in result.stdout
    assert 2 == cli("policy", "show", "absent.toml").exit_code


CUSTOM = """
extends = "reviewed"
name = "Süd \\"west\\""
[customers]
pools = ["public", "north"]
[[customers.custom_fields]]
name = "grade"
type = "choice"
choices = ["A", "B"]
[customers.limits]
potential = 5
[customers.rights]
transfer = ["manager", "owner"]
"""


def test_a_policy_is_shown_as_a_file_that_gives_the_same_policy(tmp_path):
    """What show prints is a policy file: read again, it is the same policy, down to its digest."""
    path, again = tmp_path / "custom.toml", tmp_path / "again.toml"
    path.write_text(CUSTOM, encoding="utf-8")
    again.write_text(cli("policy", "show", path).stdout, encoding="utf-8")

    assert load_policy(str(path)) == load_policy(str(again))
    assert load_policy(str(path)).stamp == load_policy(str(again)).stamp


def test_a_policy_is_shown_as_json():
    """The whole policy, settings applied; a value that is no TOML is text."""
    data = answer("policy", "show", "--set", "customers.protection.potential_days=45", "--set", "name=north")

    assert as_data(load_policy("standard", {"customers.protection.potential_days": 45, "name": "north"})) == data


def test_a_setting_is_one_value():
    """A line break in a value does not smuggle in another setting."""
    data = answer("policy", "show", "--set", 'version=1\nname="x"')

    assert "standard" == data["name"]


@pytest.mark.parametrize("value", ["[" * 20_000, "1" * 5000], ids=["deep", "long"])
def test_a_setting_that_cannot_be_read_is_a_text(value):
    """So it is refused where a number is wanted."""
    result = cli("policy", "show", "--set", f"customers.protection.potential_days={value}")

    assert 2 == result.exit_code
    assert "customers.protection.potential_days" in result.stderr


# ------------------------------------------------------------------------------------------------------------ terminal


def test_tables_take_no_commands_for_terminals():
    """Escape characters and line breaks are replaced."""
    assert " [31m春 \u3000".rstrip() == printable("\x1b[31m春\n\u3000").rstrip()


def test_progress_is_shown_on_a_terminal_only(monkeypatch, capsys):
    """Piped, nothing is printed; on a terminal, something is."""
    with progress("rows", 10) as told:
        told(5)
    silent = capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress("rows", 10) as told:
        told(5)

    assert "" == silent
    assert "rows" in capsys.readouterr().err


def test_tables_end_quietly_too_when_their_reader_goes():
    """The console leaves with the same status as JSON does."""
    with pytest.raises(SystemExit) as leaving:
        PlainConsole().on_broken_pipe()

    assert 141 == leaving.value.code
