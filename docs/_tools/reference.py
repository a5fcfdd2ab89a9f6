"""Writes the reference pages that follow from the code: lifecycle, commands, events, refusals, policy, errors.

``python -m docs._tools.reference`` writes the pages; with ``--check`` it writes nothing and exits 1 when one of them
has drifted.
"""

import json
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import attrs

from crmcore import errors
from crmcore.app.policy import Policy, as_data
from crmcore.customers import LIFECYCLE, Absent, Command, ContactDetails, FollowUp, Need, Needs, Participant
from crmcore.customers.events import EVENTS, CustomerEvent
from crmcore.customers.guards import ROLE_LABELS
from crmcore.customers.guards_file import EXPORT, EXPORTERS
from crmcore.customers.policy import CustomerPolicy, CustomField
from crmcore.errors import CrmError, Fault, Invalid
from crmcore.kernel.actors import Right
from crmcore.kernel.diagrams import grid, mermaid
from crmcore.kernel.machine import Lapse, Never, Row
from crmcore.kernel.refusals import Reason
from crmcore.matching import MatchingPolicy
from crmcore.people import Purpose
from crmcore.wording import FAULTS, Language
from docs._tools.fields import (
    CATALOGUE,
    about,
    allowed_text,
    code,
    events_of,
    fields_table,
    reasons_of,
    refusal_link,
    table,
    who,
)
from docs._tools.picture import svg
from docs._tools.ratings import ratings_page

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"

WRITTEN = "<!-- Written by docs/_tools/reference.py from the code: change that instead. -->\n"

COMMANDS = f"""\
# Commands

{WRITTEN}
A command is a frozen class of `crmcore.customers`; its wire name, here the heading, is `Command.do`. Times need an
offset. Every command may also be refused with [D-13 out-of-order](refusals.md#d-13), when its time lies before the
customer's last event, and with [A-01 not-permitted](refusals.md#a-01) (for follow-ups [F-04](refusals.md#f-04)) by who
may not give it. *Who* names roles and relations to the customer; a policy can [grant otherwise](policy.md#rights).
*Absent* is a customer that is not on record.
"""

HAPPENED = f"""\
# Events

{WRITTEN}
An event says what has happened; the heading is its type name in the log. Around each one stands an envelope: `stream`
(the customer's id), `number` (its place in the customer's history, from 1), `by` (who did it; `system` for a fall) and
`policy` (the stamp of the policy that decided it). Fields marked personal, and those inside profiles and contacts, are
kept in a record of their own, see [personal data](../explanation/personal-data.md).
"""

REFUSALS = f"""\
# Refusals

{WRITTEN}
Why a command may not pass. Programs decide by rule and code, which are stable; texts are for people. Words in braces
are parameters: ids, stages, numbers, never what somebody typed. What a rule says stands under [rules](rules.md).
"""

POLICY = f"""\
# Policy

{WRITTEN}
A policy file is TOML; it states what differs from the preset it `extends` (`standard` if it does not say). How to
write, check and change one is told in [policies](../how-to/policies.md). Defaults are those of the preset `standard`;
a dash is no value at all.
"""

ERRORS = f"""\
# Errors

{WRITTEN}
Everything crmcore raises on purpose is a `CrmError`, with a stable `code`, its facts as attributes, and its text by
`message("en")` or `message("zh")`. No message holds what somebody typed about a customer. What to do about each is told
in [embedding](../how-to/embed.md#errors-and-what-to-do).
"""

LIFECYCLE_EN = f"""\
# Lifecycle

{WRITTEN}
Every stage and every command: where the command leads, or the rule that always refuses it. *Stays* means that the
command may pass and the stage remains. What else may refuse a command stands under [commands](commands.md). Time alone
ends *potential* and *intent*; when exactly is told in [the lifecycle explained](../explanation/lifecycle.md).
"""

LIFECYCLE_ZH = f"""\
# 生命周期

{WRITTEN}
每个阶段、每条命令：通过后进入哪个阶段，或由哪条规则一律拒绝。“不变”表示命令可以通过，阶段保持不变。潜在客户与意向客户的保护到期后，无需任何操作即自动落入公海。
"""

RIGHTS = """\
## rights

`[customers.rights]` grants a command to other people than the lifecycle table does: the command's name, then a list of
roles and relations. A manager's right is an administrator's too. `export-person` is no command: it is the right to
be given [all that is held on a person](../how-to/privacy.md). The words: {words}.

"""


def lifecycle_page() -> str:
    """The table as a picture and a grid, in English."""
    return f"{LIFECYCLE_EN}\n{picture('en')}\n{grid(LIFECYCLE, 'en')}"


def chinese_lifecycle_page() -> str:
    """The table as a picture and a grid, in Chinese."""
    return f"{LIFECYCLE_ZH}\n{picture('zh')}\n{grid(LIFECYCLE, 'zh')}"


def picture(lang: Language) -> str:
    """The diagram as it stands on a page; the site shows a picture in its place."""
    return f"```mermaid\n{diagram(lang)}```\n"


def diagram(lang: Language) -> str:
    """The Mermaid text of the lifecycle."""
    return mermaid(LIFECYCLE, Absent, lang)


def commands_page() -> str:
    """Every command: its fields, who may give it where, and what may refuse it."""
    parts = [
        COMMANDS,
        *(_command(command) for command in LIFECYCLE.commands),
        "## Parts of commands\n",
        *(
            f"### {cls.__name__}\n\n{about(cls)}\n\n{fields_table(cls)}"
            for cls in (FollowUp, ContactDetails, Participant, Needs, Need)
        ),
    ]
    return "\n".join(parts)


def _command(command: type[Command]) -> str:
    lines = [line for line in LIFECYCLE.lines if line.command is command]
    rows = [_row(line) for line in lines if isinstance(line, Row)]
    never = ", ".join(
        f"{'/'.join(stage.name for stage in line.source)} ({refusal_link(line.because)})"
        for line in lines
        if isinstance(line, Never)
    )
    return (
        f"## {command.do}\n\n`{command.__name__}` · {command.label.zh}. {about(command)}\n\n{fields_table(command)}\n"
        f"{table(['in', 'who', 'leads to', 'may be refused with'], rows)}\nNever passes in: {never}.\n"
    )


def _row(line: Row) -> list[str]:
    to = ["the same" if not hasattr(stage, "name") else stage.name for stage in line.to]
    return [
        ", ".join(stage.name for stage in line.source),
        who(line.by),
        " or ".join(to),
        ", ".join(refusal_link(reason) for reason in reasons_of(line)) or "–",
    ]


def events_page() -> str:
    """Every event: its fields, and what brings it about."""
    parts = [
        HAPPENED,
        *(_event(event) for event in EVENTS),
    ]
    return "\n".join(parts)


def _event(event: type[CustomerEvent]) -> str:
    rows = (line for line in LIFECYCLE.lines if isinstance(line, Row))
    lines: tuple[Row | Lapse, ...] = (*rows, *LIFECYCLE.lapses)
    causes = dict.fromkeys(_cause(line) for line in lines if event in events_of(line))
    return (
        f"## {event.type}\n\n{about(event)} Schema {event.schema}. Brought about by: {', '.join(causes)}.\n\n"
        f"{fields_table(event)}"
    )


def _cause(line: Row | Lapse) -> str:
    return "time" if isinstance(line, Lapse) else f"[{line.command.do}](commands.md#{line.command.do})"


def refusals_page() -> str:
    """The catalogue of refusals, rule by rule."""
    rules = list(dict.fromkeys(sorted(reason.rule for reason in CATALOGUE)))
    parts = [
        REFUSALS,
        *(_rule(rule) for rule in rules),
    ]
    return "\n".join(parts)


def _rule(rule: str) -> str:
    entries = [reason for reason in CATALOGUE if reason.rule == rule]
    rows = [[code(reason.code), f"{reason.en}<br>{reason.zh}", _refused(reason)] for reason in entries]
    return f"## {rule}\n\n{table(['code', 'text', 'refuses'], rows)}"


def _refused(reason: Reason) -> str:
    commands = dict.fromkeys(line.command.do for line in LIFECYCLE.lines if reason in reasons_of(line))
    spared = [name for command in LIFECYCLE.commands if (name := command.do) not in commands]
    if not commands:
        return "any command"
    if len(spared) == 1:
        return f"any command but [{spared[0]}](commands.md#{spared[0]})"
    return ", ".join(f"[{name}](commands.md#{name})" for name in commands)


# ------------------------------------------------------------------------------------------------------------- policy


def policy_page() -> str:
    """Every policy field: path, default, what is allowed, and the rules it sets."""
    sections = [
        _section(field.name, field.type)
        for field in attrs.fields(CustomerPolicy)
        if isinstance(field.type, type) and attrs.has(field.type)
    ]
    words = ", ".join(f"`{word}` ({label.zh})" for word, label in ROLE_LABELS.items())
    custom = f"{about(CustomField)} Written as `[[customers.custom_fields]]` and `[[customers.contact_fields]]`."
    parts = [
        POLICY,
        f"## Policy\n\n{about(Policy)}\n\n{_paths(Policy, '')}",
        f"## customers\n\n{about(CustomerPolicy)}\n\n{_paths(CustomerPolicy, 'customers.')}",
        *sections,
        f"## matching\n\n{about(MatchingPolicy)}\n\n{_paths(MatchingPolicy, 'matching.')}",
        f"## purposes\n\n{about(Purpose)} Written as `[[customers.privacy.purposes]]`.\n\n{fields_table(Purpose)}",
        f"## custom_fields\n\n{custom}\n\n{fields_table(CustomField)}",
        RIGHTS.format(words=words) + table(["name", "who, unless the policy says otherwise"], _rights()),
    ]
    return "\n".join(parts)


def _section(name: str, cls: type[Any]) -> str:
    return f"## {name}\n\n{about(cls)}\n\n{_paths(cls, f'customers.{name}.')}"


def _paths(cls: type[Any], prefix: str) -> str:
    plain = [field for field in attrs.fields(cls) if not (isinstance(field.type, type) and attrs.has(field.type))]
    rows = [
        [code(prefix + field.name), _standard(prefix + field.name), allowed_text(field), _rules(prefix + field.name)]
        for field in plain
    ]
    return table(["path", "default", "allowed", "rules"], rows)


def _standard(path: str) -> str:
    value: Any = as_data(Policy())
    for part in path.split("."):
        value = value[part]
    return "–" if value in (None, [], {}) else code(json.dumps(value, ensure_ascii=False))


@cache
def _rule_paths() -> Mapping[str, list[str]]:
    rules = tomllib.loads((DOCS / "reference" / "rules.toml").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for name, rule in rules.items():
        for path in rule["policy"]:
            found.setdefault(path, []).append(name)
    return found


def _rules(path: str) -> str:
    return ", ".join(_rule_paths().get(path, ())) or "–"


def _rights() -> Iterator[list[str]]:
    for command in LIFECYCLE.commands:
        granted: dict[str, dict[str, list[str]]] = {}
        for line in LIFECYCLE.lines:
            if isinstance(line, Row) and line.command is command:
                forms = {command.do: line.by} if isinstance(line.by, Right) else line.by
                for form, right in forms.items():
                    names = granted.setdefault(form, {}).setdefault(", ".join(right.words), [])
                    names.extend(stage.name for stage in line.source)
        for form, by in granted.items():
            yield [
                code(form),
                "; ".join(words if len(by) == 1 else f"{'/'.join(at)}: {words}" for words, at in by.items()),
            ]
    yield [code(EXPORT), ", ".join(EXPORTERS.words)]


# ------------------------------------------------------------------------------------------------------------- errors


def errors_page() -> str:
    """Every error, its code and texts, and the faults of input."""
    kinds = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, CrmError)]
    faults = [[code(name), texts["en"], texts["zh"]] for name, texts in FAULTS.items()]
    listed = table(["code", "in English", "in Chinese"], faults)
    return "\n".join([ERRORS, *(_error(kind) for kind in kinds), f"## Faults\n\n{about(Fault)}\n\n{listed}"])


def _error(kind: type[CrmError]) -> str:
    bases = ", ".join(code(base.__name__) for base in kind.__bases__)
    listed = issubclass(kind, Invalid) or kind.texts is CrmError.texts
    texts = "" if listed else f"\n{table(['in English', 'in Chinese'], [[kind.texts['en'], kind.texts['zh']]])}"
    return f"## {kind.__name__}\n\n{about(kind)} Parents: {bases}; code `{kind.code}`.\n{texts}"


# ------------------------------------------------------------------------------------------------------------ writing

PAGES: Mapping[str, Callable[[], str]] = {
    "reference/lifecycle.md": lifecycle_page,
    "reference/commands.md": commands_page,
    "reference/events.md": events_page,
    "reference/refusals.md": refusals_page,
    "reference/policy.md": policy_page,
    "reference/ratings.md": ratings_page,
    "reference/errors.md": errors_page,
    "zh/lifecycle.md": chinese_lifecycle_page,
    "_static/lifecycle-en.svg": lambda: svg(LIFECYCLE, Absent, "en"),
    "_static/lifecycle-zh.svg": lambda: svg(LIFECYCLE, Absent, "zh"),
}


def check(folder: Path = DOCS) -> list[str]:
    """The pages that have drifted from the code, one line each."""
    return [
        f"docs/{name} has drifted: run python -m docs._tools.reference"
        for name, page in PAGES.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != page()
    ]


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` say which have drifted."""
    if list(arguments) == ["--check"]:
        faults = check()
        print(*faults, sep="\n", end="\n" if faults else "")
        return 1 if faults else 0
    if arguments:
        print("usage: reference.py [--check]", file=sys.stderr)
        return 2
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
