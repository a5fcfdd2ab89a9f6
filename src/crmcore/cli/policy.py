"""``crmcore policy check`` and ``crmcore policy show``."""

import click

from crmcore.cli.options import Callback, Setup, set_option, talking
from crmcore.cli.terminal import BAD_NEWS
from crmcore.errors import CrmError, Invalid, Language
from crmcore.kernel.refusals import Label

SOUND = Label("nothing to remark", "未发现问题")
LEVELS = {"error": Label("error", "错误"), "warning": Label("warning", "警告")}

source_argument: Callback = click.argument("source", metavar="PRESET|FILE.toml", default="standard")


@click.group()
def policy() -> None:
    """Look at the rules' numbers and choices."""


@policy.command()
@source_argument
@set_option
@talking
def check(setup: Setup) -> None:
    """Check a policy: what is not allowed in it, and what its author can hardly have meant.

    Status 1 when it cannot be used, or stops the business.
    """
    from crmcore.app.output import error_view
    from crmcore.customers.lint import lint
    from crmcore.customers.lint_matching import lint_matching

    terminal = setup.terminal
    try:
        chosen = setup.policy()
    except CrmError as error:
        if terminal.as_json:
            terminal.json({"ok": False, "error": error_view(error, terminal.lang)})
        else:
            terminal.write("".join(f"{line}\n" for line in _lines(error, terminal.lang)))
        raise SystemExit(BAD_NEWS) from None
    findings = (*lint(chosen.customers), *lint_matching(chosen.matching))
    bad = any(finding.level == "error" for finding in findings)
    if terminal.as_json:
        views = [
            {"level": one.level, "path": one.path, "code": one.code, "message": one.message(terminal.lang)}
            for one in findings
        ]
        terminal.json({"ok": not bad, "policy": chosen.stamp, "findings": views})
    else:
        told = [f"{terminal.text(LEVELS[finding.level])}: {finding.message(terminal.lang)}" for finding in findings]
        terminal.write("".join(f"{line}\n" for line in (chosen.stamp, *(told or [terminal.text(SOUND)]))))
    raise SystemExit(BAD_NEWS if bad else 0)


def _lines(error: CrmError, lang: Language) -> list[str]:
    """What is wrong, a line for each fault."""
    if isinstance(error, Invalid):
        return [fault.message(lang) for fault in error.faults]
    return [error.message(lang)]


@policy.command()
@source_argument
@set_option
@talking
def show(setup: Setup) -> None:
    """Print the whole policy in force, defaults included, as a TOML file (or as JSON with --json)."""
    from crmcore.app.policy import as_data
    from crmcore.kernel.toml import toml_text

    chosen = setup.policy()
    if setup.terminal.as_json:
        setup.terminal.json(as_data(chosen))
    else:
        setup.terminal.write(f"# {chosen.stamp}\n{toml_text(as_data(chosen))}")
