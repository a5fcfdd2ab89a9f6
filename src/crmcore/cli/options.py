"""What all commands share: options for language, output, storage and policy, and how errors are told.

``talking`` is for commands that need no storage, ``storing`` for those that do. Both hand the command a ``Setup``
first; whatever of ours the command raises is told in one line, with the exit status that goes with it.
"""

import functools
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve, field, frozen

from crmcore.cli.terminal import Terminal
from crmcore.errors import CrmError, Fault, Invalid
from crmcore.kernel.actors import ROLES, Actor

if TYPE_CHECKING:
    from crmcore.app.crm import CRM
    from crmcore.app.policy import Policy

Callback = Callable[..., Any]


@frozen
class Setup:
    """What the shared options say. ``terminal`` speaks; ``open`` and ``policy`` read what the options name."""

    terminal: Terminal
    storage: str | None = None
    space: str = ""
    source: str = "standard"
    overrides: Mapping[str, Any] = field(factory=dict)

    def policy(self) -> "Policy":
        """The policy that --policy and --set describe."""
        from crmcore.app.policy import load_policy

        return load_policy(self.source, self.overrides)

    def in_memory(self) -> "Setup":
        """The same setup with a storage that lives as long as the program."""
        return evolve(self, storage="memory://")

    def open(self, **more: Any) -> "CRM":
        """The storage that --storage names, under that policy; the caller closes it.

        :raises Invalid: no storage is named.
        """
        if not self.storage:
            expected = "a URL such as sqlite:///crm.db, given by --storage or CRMCORE_STORAGE"
            raise Invalid([Fault("storage", "missing", expected)])
        from crmcore.app.crm import CRM

        return CRM.open(self.storage, policy=self.policy(), space=self.space, **more)


def _lang_and_json(function: Callback) -> Callback:
    lang = click.option(
        "--lang",
        type=click.Choice(["en", "zh"]),
        envvar="CRMCORE_LANG",
        default="en",
        show_default=True,
        help="Language of messages.  [env: CRMCORE_LANG]",
    )
    return lang(click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function))


def policy_options(function: Callback) -> Callback:
    """--policy and --set."""
    chosen = click.option(
        "--policy",
        "source",
        default="standard",
        show_default=True,
        metavar="PRESET|FILE.toml",
        help="The rules' numbers and choices.",
    )
    return chosen(set_option(function))


def set_option(function: Callback) -> Callback:
    """--set PATH=VALUE, as often as needed."""
    return click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="PATH=VALUE",
        help="Change one value of the policy, e.g. customers.protection.potential_days=45.",
    )(function)


def _storage_options(function: Callback) -> Callback:
    storage = click.option(
        "--storage",
        envvar="CRMCORE_STORAGE",
        metavar="URL",
        help="Where the customers are, e.g. sqlite:///crm.db.  [env: CRMCORE_STORAGE]",
    )
    return storage(click.option("--space", default="", metavar="NAME", help="The tenant within it.")(function))


def at_option(help: str) -> Callable[[Callback], Callback]:
    """--at TIME; the command gets text, and reads it with ``moment``."""
    return click.option("--at", metavar="TIME", help=f"{help}, e.g. 2026-03-01T09:00:00+08:00.")


def talking(function: Callback) -> Callback:
    """A command with --lang and --json."""
    return _lang_and_json(_told(function))


def storing(function: Callback) -> Callback:
    """A command with --storage, --space, --policy and --set as well."""
    return _storage_options(policy_options(talking(function)))


def _told(function: Callback) -> Callback:
    """The command with a ``Setup`` made of the shared options, its errors told in one line."""

    @functools.wraps(function)
    def command(
        *,
        lang: Any,
        as_json: bool,
        storage: str | None = None,
        space: str = "",
        source: str = "standard",
        settings: Iterable[str] = (),
        **own: Any,
    ) -> Any:
        terminal = Terminal(lang, as_json)
        try:
            return function(Setup(terminal, storage, space, source, overrides_of(settings)), **own)
        except CrmError as error:
            raise SystemExit(terminal.error(error)) from None

    return command


def overrides_of(settings: Iterable[str]) -> dict[str, Any]:
    """What --set says, by dotted path. A value is read as in a TOML file; what is none is text.

    :raises Invalid: there is no "=" in it, or nothing before it.
    """
    overrides: dict[str, Any] = {}
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals or not all(path.strip().split(".")):
            raise Invalid([Fault("--set", "not-allowed", "PATH=VALUE with a dotted path")])
        overrides[path.strip()] = _toml_value(text.strip())
    return overrides


def _toml_value(text: str) -> Any:
    try:
        data = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):  # no TOML, a number too long, or nested too deeply
        return text
    return data["value"] if len(data) == 1 else text


def moment(text: str | None, name: str = "--at") -> datetime | None:
    """A time given on the command line; it needs an offset. ``name`` is what the error calls it."""
    from crmcore.kernel.times import parse_instant

    return None if text is None else parse_instant(text, name)


def actor_options(*, required: bool, default: str | None = None) -> Callable[[Callback], Callback]:
    """--actor, --role and --team; the command gets what ``actor_of`` takes."""

    def options(function: Callback) -> Callback:
        who = click.option(
            "--actor", required=required, default=default, show_default=True, metavar="ID", help="Who asks."
        )
        return who(role_options(function))

    return options


def role_options(function: Callback) -> Callback:
    """--role and --team, as often as needed."""
    role = click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), metavar="ROLE", help=_ROLES)
    return role(click.option("--team", "teams", multiple=True, metavar="TEAM", help="A team of theirs.")(function))


_ROLES = "A role of theirs: " + ", ".join(ROLES) + "."


def actor_of(id: str, roles: Iterable[str], teams: Iterable[str]) -> Actor:
    """The actor these options describe."""
    return Actor(id, frozenset(roles), frozenset(teams))
