"""The demonstration on the screen: one section after another, for 80 columns and more."""

from typing import TYPE_CHECKING

from crmcore.cli import words
from crmcore.cli.agenda import agenda_table
from crmcore.cli.demo.days import DAYS, END, START
from crmcore.cli.demo.figures import LOOKED_AT, Figures, rates
from crmcore.cli.demo.people import PEOPLE, PRE_SALES
from crmcore.cli.terminal import Terminal
from crmcore.cli.why_not import reasons_table
from crmcore.customers.stages import STAGES
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from crmcore.cli.options import Setup

#: The storage that the commands at the end name where the demonstration kept nothing.
KEEP_IN = "sqlite:///demo.db"
AGENDA_ROWS = 8
BAR = 24

HEAD = Label(
    "{days} days of a sales department, {start} to {end}, everything fabricated.\n"
    "{customers} customers, {events} events; {passed} commands passed, {denied} were refused.",
    "一个销售部门的 {days} 天（{start} 至 {end}），数据均为虚构。\n"
    "客户 {customers} 个，事件 {events} 条；命令通过 {passed} 条，被拒绝 {denied} 条。",
)
FUNNEL = Label("How far they came", "客户漏斗")
REACHED = Label("reached", "达到阶段")
CUSTOMERS = Label("customers", "客户数")
RATE = Label("of those before", "转化率")
NOW = Label("now there", "目前在此")
REGISTERED = Label("registered", "已登记")
FALLS = Label("What went into the pool, and why", "落入公海的客户及原因")
FROM = Label("from", "来自")
AGENDA = Label("What {person} has to do now", "{person} 的待办")
MORE = Label("… and {more} more", "……另有 {more} 项")
CLAIM = Label(
    "A refused claim: {person} gave {customer} up on Friday and wants it back on Sunday",
    "一次被拒绝的保护申请：{person} 周五放弃了 {customer}，周日想再次保护",
)
PASSES = Label(
    "With a follow-up on record it would pass from {at} on.",
    "补上跟进记录后，最早于 {at} 可以通过。",
)
TRY = Label("Try next", "接下来可以试试")
TRY_KEPT = Label("The customers are kept in {storage}:", "数据已保存在 {storage}:")
TRY_LOST = Label(
    "These customers lived in memory only. To keep them, run the first line; the others then work as they stand:",
    "以上数据只在内存中。先运行第一行将其保存，之后各行可直接复制运行：",
)


def show(setup: "Setup", found: Figures) -> None:
    """Print all sections."""
    terminal = setup.terminal
    terminal.say(
        terminal.text(HEAD).format(
            days=DAYS,
            start=f"{START:%Y-%m-%d}",
            end=f"{END:%Y-%m-%d}",
            customers=found.customers,
            events=found.events,
            passed=found.passed,
            denied=found.denied,
        )
    )
    for section in (_funnel, _falls, _agenda, _claim):
        terminal.say()
        section(terminal, found)
    terminal.say()
    _next(setup, found)


def _funnel(terminal: Terminal, found: Figures) -> None:
    table = terminal.table(REACHED, CUSTOMERS, "", RATE, NOW, title=FUNNEL, numbers=(1, 3, 4))
    for stage, count, rate in rates(found):
        place = "pool" if stage == "registered" else stage
        name = terminal.text(REGISTERED if stage == "registered" else STAGES[stage].label)
        now = f"{terminal.text(STAGES[place].label)} {found.now[place]}" if place == "pool" else str(found.now[place])
        bar = "█" * round(BAR * count / max(found.customers, 1))
        table.add_row(name, str(count), bar, "" if rate is None else f"{rate:.0%}", now)
    terminal.console.print(table)


def _falls(terminal: Terminal, found: Figures) -> None:
    people = [PEOPLE[id].name if terminal.lang == "zh" else id for id in PRE_SALES]
    table = terminal.table(
        FROM, words.REASON, *people, words.TOTAL, title=FALLS, numbers=tuple(range(2, 3 + len(PRE_SALES)))
    )
    kinds = sorted({(stage, reason) for stage, reason, _ in found.falls}, key=_order)
    for stage, reason in kinds:
        counts = [found.falls.get((stage, reason, person), 0) for person in PRE_SALES]
        stage_name, why = terminal.text(STAGES[stage].label), terminal.text(words.named(words.POOL_REASONS, reason))
        table.add_row(stage_name, why, *(_count(n) for n in counts), str(sum(counts)))
    sums = [sum(n for (_, _, owner), n in found.falls.items() if owner == person) for person in PRE_SALES]
    table.add_section()
    table.add_row(terminal.text(words.TOTAL), "", *(_count(n) for n in sums), str(sum(found.falls.values())))
    terminal.console.print(table)


def _order(kind: tuple[str, str]) -> tuple[int, int]:
    return list(STAGES).index(kind[0]), list(words.POOL_REASONS).index(kind[1])


def _count(n: int) -> str:
    return str(n) if n else "·"


def _agenda(terminal: Terminal, found: Figures) -> None:
    terminal.say(terminal.text(AGENDA).format(person=_person(terminal, LOOKED_AT)), style="bold")
    shown = found.agenda[:AGENDA_ROWS]
    terminal.console.print(agenda_table(terminal, shown, found.names, found.zone))
    if len(found.agenda) > len(shown):
        terminal.say(terminal.text(MORE).format(more=len(found.agenda) - len(shown)))


def _person(terminal: Terminal, id: str) -> str:
    return f"{PEOPLE[id].name} ({id})" if terminal.lang == "zh" else id


def _claim(terminal: Terminal, found: Figures) -> None:
    claim = found.claim
    if claim is None:
        return
    facts = {"person": _person(terminal, claim.person), "customer": claim.customer.id}
    terminal.say(terminal.text(CLAIM).format_map(facts), style="bold")
    terminal.console.print(reasons_table(terminal, claim.refusals, found.zone))
    if claim.passes_at is not None:
        terminal.say(terminal.text(PASSES).format(at=terminal.time(claim.passes_at, found.zone)))


def next_commands(found: Figures, storage: str | None) -> list[str]:
    """Commands that work on the demonstration's customers, as a shell takes them."""
    at, where = f"{END:%Y-%m-%dT%H:%M}+08:00", f"--storage {storage or KEEP_IN}"
    lines = [] if storage else [f"crmcore demo {where}"]
    if found.claim is not None:
        id, person = found.claim.customer.id, found.claim.person
        lines += [
            f"crmcore show {id} --history --at {at} {where}",
            f"crmcore why-not {id} protect --actor {person} --role pre-sales --at {at} {where}",
        ]
    return [
        *lines,
        f"crmcore agenda {LOOKED_AT} --role pre-sales --at {at} {where}",
        f"crmcore verify {where}",
        "crmcore diagram",
    ]


def _next(setup: "Setup", found: Figures) -> None:
    terminal = setup.terminal
    terminal.say(terminal.text(TRY), style="bold")
    terminal.say(terminal.text(TRY_KEPT if setup.storage else TRY_LOST).format(storage=setup.storage))
    terminal.write("".join(f"  {line}\n" for line in next_commands(found, setup.storage)))
