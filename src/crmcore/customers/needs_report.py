"""A needs report (D-07): what a customer needs as plain data, and as Markdown in either language."""

from collections.abc import Iterator
from typing import Any

from crmcore.customers.entities import Customer
from crmcore.customers.file import Needs
from crmcore.kernel.money import Money
from crmcore.kernel.refusals import Label
from crmcore.wording import Language

TITLE = Label("Needs report", "需求报告")
CUSTOMER = Label("Customer", "客户")
CORE = Label("Core needs", "核心需求")
BUDGET = Label("Budget", "预算")
URGENCY = Label("Urgency", "紧迫程度")
CURRENT = Label("Current solution", "现有方案")
PAIN = Label("Pain points", "痛点")
NOTHING = Label("No needs are on record.", "尚未记录需求。")
KINDS = {"explicit": Label("Explicit needs", "显性需求"), "implicit": Label("Implicit needs", "隐性需求")}
LEVELS = {"high": Label("high", "高"), "medium": Label("medium", "中"), "low": Label("low", "低")}
_ORDER = tuple(LEVELS)
#: What Markdown would take for more than a character.
_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>#|"})


def needs_report(customer: Customer) -> dict[str, Any]:
    """What is on record of a customer's needs, as plain data; explicit and implicit ones apart, urgent ones first."""
    needs = customer.file.needs or Needs()
    return {
        "customer": customer.id,
        "number": customer.number,
        "name": customer.profile.name,
        "core": needs.core,
        "urgency": needs.urgency,
        "budget": {"from": _money(needs.budget_from), "to": _money(needs.budget_to)},
        "pain_points": list(needs.pain_points),
        "current_solution": needs.current_solution,
        **{kind: _of_kind(needs, kind) for kind in KINDS},
    }


def _of_kind(needs: Needs, kind: str) -> list[dict[str, str]]:
    of_kind = [need for need in needs.needs if need.kind == kind]
    ordered = sorted(of_kind, key=lambda need: _ORDER.index(need.priority))
    return [{"text": need.text, "priority": need.priority} for need in ordered]


def _money(money: Money | None) -> dict[str, str] | None:
    return None if money is None else {"amount": str(money.amount), "currency": money.currency}


def needs_markdown(customer: Customer, lang: Language = "en") -> str:
    """The report for people."""
    return "\n".join(_lines(needs_report(customer), lang)) + "\n"


def _lines(report: dict[str, Any], lang: Language) -> Iterator[str]:
    colon = "：" if lang == "zh" else ": "
    yield f"# {TITLE.text(lang)}"
    yield ""
    yield f"{CUSTOMER.text(lang)}{colon}{_plain(report['name'])} ({_plain(report['number'])})"
    facts = [
        (CORE, report["core"]),
        (URGENCY, report["urgency"] and LEVELS[report["urgency"]].text(lang)),
        (BUDGET, _budget(report["budget"])),
        (CURRENT, report["current_solution"]),
    ]
    said = [f"- {label.text(lang)}{colon}{_plain(value)}" for label, value in facts if value]
    lists = [(PAIN, [_plain(point) for point in report["pain_points"]])]
    lists += [(label, [_need(need, lang) for need in report[kind]]) for kind, label in KINDS.items()]
    if said:
        yield from ("", *said)
    for label, items in lists:
        if items:
            yield from ("", f"## {label.text(lang)}", "", *(f"- {item}" for item in items))
    if not said and not any(items for _, items in lists):
        yield from ("", NOTHING.text(lang))


def _need(need: dict[str, str], lang: Language) -> str:
    opening, closing = ("（", "）") if lang == "zh" else (" (", ")")
    return f"{_plain(need['text'])}{opening}{LEVELS[need['priority']].text(lang)}{closing}"


def _budget(budget: dict[str, Any]) -> str | None:
    ends = [budget["from"], budget["to"]]
    if ends == [None, None]:
        return None
    start, end = (f"{one['amount']} {one['currency']}" if one else "" for one in ends)
    return f"{start} – {end}".strip()


def _plain(text: str) -> str:
    """A text in one line that Markdown takes as it stands."""
    return " ".join(text.split()).translate(_MARKS)
