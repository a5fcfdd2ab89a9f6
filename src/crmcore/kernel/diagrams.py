"""Pictures and tables of a lifecycle, derived from its rows."""

from collections.abc import Iterable
from typing import Any

from crmcore.kernel.machine import STAY, Machine, Never, Row
from crmcore.wording import Language

TIME = {"en": "the deadline passes", "zh": "到期"}
NEVER = {"en": "refused", "zh": "拒绝"}
STAYS = {"en": "stays", "zh": "不变"}
CORNER = {"en": "command", "zh": "命令"}


def _identifier(stage: type[Any]) -> str:
    return str(stage.name)


def _label(command: Any, lang: Language) -> str:
    return TIME[lang] if command == "time" else str(command.label.text(lang))


def mermaid(machine: Machine, start: type[Any], lang: Language = "en") -> str:
    """The moves between stages as Mermaid text; ``start`` is drawn as the dot where everything begins.

    Commands that leave the stage as it is are left out; several that make the same move share one arrow.
    """
    moves: dict[tuple[type[Any], type[Any]], list[str]] = {}
    for source, to, command in machine.arrows():
        if source is not to:
            moves.setdefault((source, to), []).append(_label(command, lang))
    names = [f'    state "{stage.label.text(lang)}" as {_identifier(stage)}' for stage in machine.stages]
    drawn = [name for stage, name in zip(machine.stages, names, strict=True) if stage is not start]
    arrows = [
        f"    {_node(source, start)} --> {_identifier(to)}: {_join(labels)}" for (source, to), labels in moves.items()
    ]
    return "\n".join(["stateDiagram-v2", *drawn, *arrows]) + "\n"


def _node(stage: type[Any], start: type[Any]) -> str:
    return "[*]" if stage is start else _identifier(stage)


def _join(labels: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(labels))


def grid(machine: Machine, lang: Language = "en") -> str:
    """Every stage × command as a Markdown table: where the command leads, or the rule that always refuses it."""
    stages = machine.stages
    head = [CORNER[lang], *(stage.label.text(lang) for stage in stages)]
    rows = [
        [
            f"`{command.do}` {command.label.text(lang)}",
            *(_cell(machine.line(stage, command), stage, lang) for stage in stages),
        ]
        for command in machine.commands
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _cell(line: Row | Never, stage: type[Any], lang: Language) -> str:
    if isinstance(line, Never):
        return f"{NEVER[lang]} {line.because.rule}"
    return " / ".join(STAYS[lang] if to in {stage, STAY} else to.label.text(lang) for to in line.to)
