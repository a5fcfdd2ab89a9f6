"""A host's transaction that has looked around before others got ahead: a command in it counts what they did, or fails.

Some transactions see the moment of their first statement to their end; the records that a command is stored upon may
be newer.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from crmcore import CRM, Refused, TooManyConflicts
from crmcore.customers.commands import Command
from crmcore.errors import Transient
from crmcore.kernel.actors import Actor
from crmcore.storage.sqlalchemy import SqlAlchemyStore
from tests.customers.scene import LI, MANAGER, MONDAY, WANG, claim, register

#: Servers, and the isolation levels of a host on them; None is the server's own choice.
LEVELS = [
    ("mariadb", None),
    ("mariadb", "READ COMMITTED"),
    ("postgres", None),
    ("postgres", "REPEATABLE READ"),
]
NAMES = {"C1": "上海晨星贸易有限公司", "C2": "上海远山贸易有限公司", "C3": "上海鼎盛贸易有限公司"}


@pytest.fixture(params=LEVELS, ids=lambda level: f"{level[0]}-{level[1] or 'default'}".replace(" ", "-"))
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Give a host's engine."""
    server, level = request.param
    url = request.getfixturevalue(server).database()
    made = create_engine(url, **({} if level is None else {"isolation_level": level}))
    yield made
    made.dispose()


def opened(engine: Engine, total: int | None = None) -> CRM:
    """A CRM on it, with at most so many customers a person."""
    policy = {"customers": {"limits": {"total": total}}} if total else "standard"
    return CRM.open(SqlAlchemyStore(engine), policy=policy, clock=lambda: MONDAY)


def behind(crm: CRM, engine: Engine, first: tuple[Command, Actor], then: tuple[Command, Actor]) -> None:
    """A host's transaction that looks around, and gives its command after somebody else has given one.

    Where it cannot see that one it has to begin anew, and sees it then.
    """
    with Session(engine) as session:
        joined = crm.joined(session)
        joined.customers.all()
        crm.handle(first[0], actor=first[1])
        try:
            joined.handle(then[0], actor=then[1])
        except (Transient, TooManyConflicts):
            session.rollback()
            joined.handle(then[0], actor=then[1])
        session.commit()


@pytest.mark.rule("P-16")
@pytest.mark.parametrize("before", [0, 1], ids=["first-claim", "later-claim"])
def test_a_limit_holds(engine: Engine, before: int):
    """Others reach the limit meanwhile: the claim is refused, whether or not the person has ever claimed before."""
    with opened(engine, before + 1) as crm:
        for id, name in NAMES.items():
            crm.handle(register(id=id, name=name, into="pool"), actor=MANAGER)
        if before:
            crm.handle(claim("C3"), actor=LI)
        with pytest.raises(Refused, match="P-16"):
            behind(crm, engine, (claim("C2"), LI), (claim("C1"), LI))

        assert before + 1 == len(crm.customers.held_by("li"))
        assert [] == list(crm.verify())


@pytest.mark.rule("P-02")
@pytest.mark.parametrize("before", [0, 1], ids=["first-customer", "later-customer"])
def test_duplicates_are_found(engine: Engine, before: int):
    """Others register the same enterprise meanwhile, written in another way: it is not registered twice."""
    with opened(engine) as crm:
        if before:
            crm.handle(register(id="C3", name=NAMES["C3"], into="pool"), actor=MANAGER)
        first = register(id="C1", name="靖江市春意空调有限公司")
        with pytest.raises(Refused, match="P-02"):
            behind(crm, engine, (first, LI), (register(id="C2", name="靖江春意空调有限公司"), WANG))

        assert 1 + before == len(crm.customers.all())


def test_what_does_not_concern_it(engine: Engine):
    """Others claim for somebody else meanwhile: the claim passes at once."""
    with opened(engine, 1) as crm:
        for id, name in NAMES.items():
            crm.handle(register(id=id, name=name, into="pool"), actor=MANAGER)
        with Session(engine) as session, session.begin():
            crm.joined(session).customers.all()
            crm.handle(claim("C2"), actor=WANG)
            if (engine.dialect.name, session.connection().get_isolation_level()) == ("postgresql", "REPEATABLE READ"):
                # Where the order of events alone makes it begin anew.
                with pytest.raises(Transient):
                    crm.joined(session).handle(claim("C1"), actor=LI)
                return
            crm.joined(session).handle(claim("C1"), actor=LI)

        assert ["C1"] == [customer.id for customer in crm.customers.held_by("li")]
