"""What runs in a process of its own: claims customers one by one, and says who has each once that is stored.

``python -m crmcore.testing.backend.worker FACTORY LOCATION SPACE NAME ROUNDS CUSTOMER…`` waits for a line to begin.
"""

import json
import os
import random
import sys
from functools import partial

from crmcore.app.crm import CRM
from crmcore.app.outcome import Outcome
from crmcore.customers.commands import Protect
from crmcore.kernel.actors import Actor
from crmcore.testing.backend.insist import insist
from crmcore.testing.backend.opened import opened
from crmcore.testing.schedules import START, Says, fill


def say(**what: object) -> None:
    """Write one line to the parent, whole and at once."""
    os.write(1, (json.dumps(what) + "\n").encode())


def claim_all(crm: CRM, name: str, ids: list[str]) -> None:
    """Claim each of the customers, in an order of one's own."""
    actor = Actor(name, {"pre-sales"})
    random.Random(name).shuffle(ids)  # noqa: S311  (the same order every time)
    for id in ids:
        command = fill(Protect, id, Says(), START)
        answer = insist(partial(crm.answer, command, actor=actor, at=START))
        won = isinstance(answer, Outcome)
        say(id=id, won=won, owner=None if answer.customer is None else answer.customer.owner)


def main(factory: str, location: str, space: str, name: str, rounds: str, *ids: str) -> None:
    """Open the location, say so, wait for a word, and claim, again and again if told so."""
    with CRM.open(opened(factory, json.loads(location)), space=space) as crm:
        say(ready=True)
        sys.stdin.readline()
        for _ in range(int(rounds)):
            claim_all(crm, name, list(ids))


if __name__ == "__main__":
    main(*sys.argv[1:])
