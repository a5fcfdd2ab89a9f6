"""What runs in processes of their own: claimers, registrants and a worker that is killed. Imported by name there."""

import json
import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve

from crmcore import CRM, Actor, Denied, Outcome
from crmcore.app.outcome import Request
from crmcore.customers import ContactDetails, FollowUp, Merge, Protect, RecordFollowUp, Register
from crmcore.errors import StorageError

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
POOL = tuple(f"C{number:04}" for number in range(1000))
IMPORTER = Actor("robot", {"import"})
#: Customers in a batch of the worker's, in turn; 1 is no batch, but single commands.
SIZES = (1, 3, 20)


def registration(id: str, name: str, into: str = "pool") -> Register:
    """The registration of a made-up customer."""
    return Register(
        name,
        id=id,
        into="pool" if into == "pool" else "potential",
        industry="manufacturing",
        address="1 Example Road",
        phone="021-00000000",
        introduction="made up",
    )


def claim(id: str) -> Protect:
    """A claim that brings its contact and its follow-up along."""
    spoken = FollowUp(channel="phone", content="they asked for an offer", next_contact_at=NOW + timedelta(days=3))
    return Protect(id, ContactDetails("甲某"), spoken)


def told(answer: Outcome | Denied) -> dict[str, Any]:
    """An answer in short: the position of what happened in the customer's history, or who has it and why not."""
    if isinstance(answer, Outcome):
        return {"won": answer.customer.id, "version": answer.customer.version}
    owners = [refusal.params.get("owner") for refusal in answer.refusals if refusal.rule == "P-02"]
    id = answer.customer.id if answer.customer is not None else None
    return {"lost": id, "rules": [refusal.rule for refusal in answer.refusals], "owners": owners}


def say(**what: Any) -> None:
    """Write one line to the parent, whole and at once."""
    os.write(1, (json.dumps(what) + "\n").encode())


def claimer(url: str, policy: str, name: str) -> None:
    """Claim every customer in the pool, one command a transaction, in an order of one's own."""
    actor, ids = Actor(name, {"pre-sales"}), list(POOL)
    random.Random(name).shuffle(ids)
    with CRM.open(url, policy=json.loads(policy)) as crm:
        say(ready=True)
        sys.stdin.readline()
        for id in ids:
            say(**told(crm.answer(claim(id), actor=actor, at=NOW)))


def merger(url: str, name: str, pairs: str) -> None:
    """Merge the first of each pair into the second, whoever was entered first."""
    manager = Actor(name, {"manager"})
    with CRM.open(url) as crm:
        say(ready=True)
        sys.stdin.readline()
        for record, into in json.loads(pairs):
            say(**told(crm.answer(Merge(record, into, "the same", decided=True), actor=manager, at=NOW)))


def registrant(url: str, name: str) -> None:
    """Register the same hundred names as somebody else does, each written in one's own way."""
    actor = Actor(name, {"pre-sales"})
    with CRM.open(url) as crm:
        say(ready=True)
        sys.stdin.readline()
        for number in range(100):
            written = f"上海{number}号（晨星）贸易有限公司" if name == "a" else f" 上海{number}号(晨星) 贸易有限公司"
            answer = crm.answer(registration(f"{name}{number}", written, "potential"), actor=actor, at=NOW)
            say(**told(answer))


#: Brands without a character in common: enterprises of different brands are different.
BRANDS = "晨星 远山 鼎盛 瑞丰 海川 金桥 绿野 华昌 博雅 云帆 恒泰 玉兰 松柏 天鹅 长虹 百灵 万顺 安吉 明珠 青竹".split()


def written(number: int, who: str) -> tuple[str, str | None]:
    """How one of two people writes the name of an enterprise, and the credit code given with it."""
    brand = BRANDS[number]
    if who == "a":
        return f"靖江市{brand}空调有限公司", "91350100M000100Y43" if number == len(BRANDS) - 1 else None
    if number == len(BRANDS) - 1:
        return "苏州沁园物流有限公司", "91350100M000100Y43"
    ways = (
        f"靖江市{brand}空調有限公司",
        f"靖江{brand}空调有限公司",
        f"江苏省靖江市{brand}空调有限公司",
        f"{brand}空调（靖江）有限公司",
        f"靖江市\uff08{brand}\uff09空调 有限公司",
        f"靖江市{brand}空调有限责任公司",
    )
    return ways[number % len(ways)], None


def rival(url: str, name: str) -> None:
    """Register enterprises at the same time as somebody else, who writes each in another way."""
    actor = Actor(name, {"pre-sales"})
    with CRM.open(url) as crm:
        say(ready=True)
        sys.stdin.readline()
        for number in range(len(BRANDS)):
            text, code = written(number, name)
            command = evolve(registration(f"{name}{number}", text, "potential"), credit_code=code, phone=f"02{number}")
            say(**told(crm.answer(command, actor=actor, at=NOW)))


def worker(url: str, first: int) -> None:
    """Register customers and record follow-ups, singly and in batches, and say what is stored once it is stored.

    A batch is announced before it begins; nothing in it is stored before its last line could have been written.
    """
    with CRM.open(url) as crm:
        for batch in range(first, first + 100_000):
            size = SIZES[batch % len(SIZES)]
            say(begun=batch)
            requests = [request for place in range(size) for request in _two(f"b{batch}-{place}", batch)]
            if size == 1:
                for request in requests:
                    outcome = crm.handle(request.command, actor=request.actor, at=request.at)
                    say(single=outcome.customer.id, version=outcome.customer.version)
            else:
                answers = list(crm.answer_all(requests, size=len(requests)))
                say(stored=batch, size=size, events=sum(len(one.events) for one in answers if isinstance(one, Outcome)))


def survivor(url: str, name: str) -> None:
    """Register customers in batches and go on whatever becomes of the server, until told to stop.

    A batch that failed is never tried again: whether it is stored says what the error said.
    """
    with CRM.open(url) as crm:
        say(ready=True)
        batch = 0
        while not _told_to_stop():
            size = SIZES[batch % len(SIZES)]
            say(begun=batch)
            try:
                list(crm.answer_all([one for place in range(size) for one in _two(f"{name}{batch}-{place}", batch)]))
            except StorageError as error:
                say(failed=batch, code=error.code)
            else:
                say(stored=batch)
            batch += 1
            # Each round ends with a look at everything there is by then.
            time.sleep(0.02)


def _told_to_stop() -> bool:
    return bool(select.select([sys.stdin], [], [], 0)[0])


def sweeper(url: str, at: str, size: str) -> None:
    """Sweep, with a unit of work for so many customers, and say how many fell so far and in the end."""
    with CRM.open(url) as crm:
        say(ready=True)
        sys.stdin.readline()
        fell = crm.sweep(at=datetime.fromisoformat(at), size=int(size), progress=lambda so_far: say(so_far=so_far))
        say(fell=fell)


def _two(id: str, batch: int) -> list[Request]:
    at = NOW + timedelta(seconds=batch)
    actor = Actor("li", {"pre-sales"})
    spoken = RecordFollowUp(customer=id, channel="phone", content="hello", next_contact_at=NOW + timedelta(days=9))
    # Names are compared without marks: "a2-10" and "a21-0" would be one.
    name = f"上海{id.replace('-', '之')}贸易有限公司"
    return [
        Request(registration(id, name, "potential"), actor, at),
        Request(spoken, actor, at),
    ]


def server(url: str) -> None:
    """Fork a worker for each line that comes in, with everything imported already, and say how it ended."""
    children: set[int] = set()
    for line in sys.stdin:
        first = int(line)
        child = os.fork()
        if child == 0:
            try:
                worker(url, first)
            finally:
                os._exit(3)
        children.add(child)
        say(child=child)
        _, status = os.waitpid(child, 0)
        children.discard(child)
        say(ended=child, signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None)
    for child in children:
        os.kill(child, signal.SIGKILL)


ROLES: dict[str, Callable[..., None]] = {
    "claimer": claimer,
    "merger": merger,
    "registrant": registrant,
    "rival": rival,
    "server": server,
    "survivor": survivor,
    "sweeper": sweeper,
}

if __name__ == "__main__":
    ROLES[sys.argv[1]](*sys.argv[2:])
