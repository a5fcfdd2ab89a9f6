"""``crmcore policy``: customer policies, scoring policies and segments, checked and shown; scoring policies judged."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import click
from attrs import frozen

from crmcore.cli.judging import backtest, fit
from crmcore.cli.options import Callback, Setup, set_option, talking
from crmcore.cli.scoring import file_text, is_file, plugin_sources, scoring_policy, told_of
from crmcore.cli.terminal import BAD_NEWS, Terminal
from crmcore.errors import CrmError, Fault, Invalid, UnknownName
from crmcore.kernel.refusals import Label
from crmcore.kernel.toml import toml_data
from crmcore.wording import Language

if TYPE_CHECKING:
    from crmcore.scoring import Segment

SOUND = Label("nothing to remark", "未发现问题")
LEVELS = {"error": Label("error", "错误"), "warning": Label("warning", "警告")}

source_argument: Callback = click.argument("source", metavar="PRESET|FILE.toml", default="standard")


class Finding(Protocol):
    """What a lint of any kind of policy finds."""

    @property
    def level(self) -> str:
        """How grave it is: error or warning."""
        ...

    @property
    def path(self) -> str:
        """Where it is."""
        ...

    @property
    def code(self) -> str:
        """What it is, for programs."""
        ...

    def message(self, lang: Language = "en") -> str:
        """What it is, for people."""
        ...


@frozen
class Checked:
    """A policy that can be read: its stamp, and what its author can hardly have meant."""

    stamp: str
    findings: Sequence[Finding]


@click.group()
def policy() -> None:
    """Look at policies: rules, scoring and segments.

    Its commands take --lang and --json like all others.
    """


@policy.command()
@source_argument
@set_option
@talking
def check(setup: Setup) -> None:
    """Check a policy: what is not allowed in it, and what its author can hardly have meant.

    Takes rules (such as standard), scoring policies (such as abc-grade) and segments; a file tells which it holds.
    Status 1 when it cannot be used, stops the business, or leaves a case without exactly one grade.
    """
    terminal = setup.terminal
    try:
        checked = _checked(setup)
    except CrmError as error:
        _tell_error(terminal, error)
        raise SystemExit(BAD_NEWS) from None
    bad = any(finding.level == "error" for one in checked for finding in one.findings)
    if terminal.as_json:
        views = [{"policy": one.stamp, "findings": _views(one.findings, terminal.lang)} for one in checked]
        terminal.json({"ok": not bad, **(views[0] if len(views) == 1 else {"segments": views})})
    else:
        lines = (line for one in checked for line in (one.stamp, *(_told(terminal, one.findings))))
        terminal.write("".join(f"{line}\n" for line in lines))
    raise SystemExit(BAD_NEWS if bad else 0)


#: The same by the word that programmers use.
policy.add_command(check, "lint")
policy.add_command(backtest)
policy.add_command(fit)


def _checked(setup: Setup) -> list[Checked]:
    """What each policy in a source comes to; a file of segments holds several."""
    source, kind = setup.source, _kind(setup)
    if kind == "scoring":
        from crmcore.scoring import lint as lint_scoring

        scoring = scoring_policy(source)
        return [Checked(scoring.stamp, lint_scoring(scoring, plugin_sources()))]
    if kind == "segments":
        from crmcore.scoring import lint_segment

        return [Checked(f"{one.id}/{one.version}#{one.digest}", lint_segment(one)) for one in _segments(source)]
    from crmcore.customers.lint import lint
    from crmcore.customers.lint_matching import lint_matching

    chosen = setup.policy()
    return [Checked(chosen.stamp, (*lint(chosen.customers), *lint_matching(chosen.matching)))]


def _kind(setup: Setup) -> str:
    """What the source holds; values are set in rules only."""
    kind = kind_of(setup.source)
    if kind != "customers" and setup.overrides:
        raise Invalid([Fault("--set", "not-allowed", "a policy of rules, such as standard")])
    return kind


def _segments(source: str) -> "tuple[Segment, ...]":
    from crmcore.scoring import segments_from_toml

    with told_of(source):
        return segments_from_toml(file_text(source))


def kind_of(source: str) -> str:
    """What a source holds: scoring, segments, or, where nothing tells, the rules on customers.

    :raises UnknownName: it is neither a file nor shipped.
    """
    from crmcore.app.policy import preset_names
    from crmcore.scoring import shipped_names

    if not is_file(source):
        if source not in {*preset_names(), *shipped_names()}:
            raise UnknownName("preset", source, (*preset_names(), *shipped_names()))
        return "scoring" if source in shipped_names() else "customers"
    if source.endswith(".json"):
        return "scoring"
    try:
        data = toml_data(file_text(source))
    except CrmError:
        return "customers"  # which says what is wrong with the file
    if "segments" in data:
        return "segments"
    return "scoring" if {"factors", "grades"} & data.keys() else "customers"


def _tell_error(terminal: Terminal, error: CrmError) -> None:
    from crmcore.app.output import error_view

    if terminal.as_json:
        terminal.json({"ok": False, "error": error_view(error, terminal.lang)})
    else:
        terminal.write("".join(f"{line}\n" for line in _lines(error, terminal.lang)))


def _lines(error: CrmError, lang: Language) -> list[str]:
    """What is wrong, a line for each fault."""
    if isinstance(error, Invalid):
        return [fault.message(lang) for fault in error.faults]
    return [error.message(lang)]


def _views(findings: Iterable[Finding], lang: Language) -> list[dict[str, Any]]:
    return [{"level": one.level, "path": one.path, "code": one.code, "message": one.message(lang)} for one in findings]


def _told(terminal: Terminal, findings: Sequence[Finding]) -> list[str]:
    if not findings:
        return [terminal.text(SOUND)]
    return [f"{terminal.text(LEVELS[one.level])}: {one.message(terminal.lang)}" for one in findings]


@policy.command()
@source_argument
@set_option
@talking
def show(setup: Setup) -> None:
    """Print a whole policy as a TOML file (or as JSON with --json).

    Rules are printed with their defaults; a scoring policy that is shipped with its comments. Segments are shown, too.
    """
    terminal, source, kind = setup.terminal, setup.source, _kind(setup)
    if kind != "customers":
        show_it = _show_scoring if kind == "scoring" else _show_segments
        show_it(terminal, source)
        return
    from crmcore.app.policy import as_data
    from crmcore.kernel.toml import toml_text

    chosen = setup.policy()
    if terminal.as_json:
        terminal.json(as_data(chosen))
    else:
        terminal.write(f"# {chosen.stamp}\n{toml_text(as_data(chosen))}")


def _show_scoring(terminal: Terminal, source: str) -> None:
    from crmcore.scoring import as_data, shipped_text, toml_of

    chosen = scoring_policy(source)
    if terminal.as_json:
        terminal.json(as_data(chosen))
    else:
        text = toml_of(chosen) if is_file(source) else shipped_text(source)
        terminal.write(f"# {chosen.stamp}\n{text}")


def _show_segments(terminal: Terminal, source: str) -> None:
    from crmcore.scoring import segment_data, segments_toml

    segments = _segments(source)
    if terminal.as_json:
        terminal.json({"segments": [segment_data(one) for one in segments]})
    else:
        terminal.write(segments_toml(segments))
