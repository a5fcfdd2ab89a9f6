"""``crmcore sweep``, ``reindex`` and ``verify``: looking after a storage."""

from typing import TYPE_CHECKING

import click

from crmcore.cli.options import Setup, at_option, moment, storing
from crmcore.cli.terminal import BAD_NEWS, progress
from crmcore.kernel.refusals import Label

if TYPE_CHECKING:
    from crmcore.app.crm import CRM

FELL = Label("{fell} protections ended and were stored", "已保存 {fell} 个到期落入公海的客户")
REINDEXED = Label("{reindexed} customers have new index entries", "已为 {reindexed} 个客户更新索引")
CHECKED = Label("{customers} customers, {events} events checked", "已核对 {customers} 个客户、{events} 条事件")
SOUND = Label("everything adds up", "全部一致")
PROBLEMS = Label("{problems} problems", "{problems} 个问题")


@click.command()
@at_option("Sweep as of a time")
@storing
def sweep(setup: Setup, at: str | None) -> None:
    """Store the ends of protections that are due.

    It need not run at all: whoever asks sees them (P-19). It may be stopped and run again at any time.
    """
    with setup.open() as crm, progress("ended") as told:
        fell = crm.sweep(at=moment(at), progress=told)
    setup.terminal.count(FELL, fell=fell)


@click.command()
@storing
def reindex(setup: Setup) -> None:
    """Make index entries of customers anew.

    Needed once after a field has become searchable, after the first purposes of use were named, and where a release
    says so. It may be stopped and run again at any time.
    """
    with setup.open() as crm, progress("customers") as told:
        reindexed = crm.reindex(progress=told)
    setup.terminal.count(REINDEXED, reindexed=reindexed)


@click.command()
@storing
def verify(setup: Setup) -> None:
    """Check that histories and stored data agree.

    Every history is replayed and compared with what is stored. Status 1 when something does not add up; each such
    customer is named.
    """
    terminal, seen = setup.terminal, [0]
    with setup.open() as crm, progress("customers") as told:

        def count(done: int) -> None:
            seen[0] = done
            told(done)

        problems = [
            {"customer": one.customer, "code": one.code, "message": one.message(terminal.lang)}
            for one in crm.verify(progress=count)
        ]
        counts = {"customers": seen[0], "events": events_stored(crm)}
    if terminal.as_json:
        terminal.json({"ok": not problems, **counts, "problems": problems})
    else:
        for problem in problems:
            terminal.say(problem["message"])
        verdict = terminal.text(PROBLEMS).format(problems=len(problems)) if problems else terminal.text(SOUND)
        terminal.say(f"{terminal.text(CHECKED).format(**counts)}: {verdict}")
    raise SystemExit(BAD_NEWS if problems else 0)


def events_stored(crm: "CRM") -> int:
    """How many events the space holds: positions have no gaps, so the last one is found by halving."""
    with crm.store.begin(crm.space) as uow:
        if not uow.read_events(0, 1):
            return 0
        low, high = 1, 2
        while uow.read_events(high - 1, 1):
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if uow.read_events(middle - 1, 1) else (low, middle)
        return low
