"""The service that docs/how-to/hosts.md shows, over aiosqlite and over asyncpg."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from sqlalchemy import create_engine, make_url, select
from sqlalchemy.exc import StatementError

from crmcore import CRM
from crmcore.app.work import ATTEMPTS
from crmcore.errors import CrmError, OutcomeUnknown, Transient, Unavailable
from tests.app.awaiting import awaited
from tests.conftest import ROOT
from tests.customers.scene import LI, MONDAY, record, register
from tests.hosts.observing import Meddler, Observer

PAGE = ROOT / "docs" / "how-to" / "hosts.md"
NEW = {
    "name": "靖江市春意空调有限公司",
    "id": "C1",
    "address": "1 Example Road",
    "industry": "C",
    "phone": "0523-1234567",
    "introduction": "made up",
}


@pytest.fixture(scope="module")
def shop() -> ModuleType:
    """Give the service as a module."""
    found = re.search(r"<!-- file: shop\.py -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    module = ModuleType("shop")
    exec(compile(found[1], str(PAGE), "exec"), module.__dict__)  # noqa: S102  (our own page)
    return module


class Service:
    """The service on a database, and what stands in that."""

    def __init__(self, shop: ModuleType, url: str, driver: str) -> None:
        self.observer, self.meddler = Observer(), Meddler()
        self.crm = CRM.open(url, plugins=[self.observer, self.meddler], clock=lambda: MONDAY)
        self.other = CRM.open(url, clock=lambda: MONDAY)
        self.engine = create_engine(url)
        self._orders = shop.orders
        shop.metadata.create_all(self.engine)
        self.app = shop.create_app(str(make_url(url).set(drivername=driver)), self.crm)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client of the service, which runs meanwhile."""
        transport = httpx.ASGITransport(self.app)
        async with (
            self.app.router.lifespan_context(self.app),
            httpx.AsyncClient(transport=transport, base_url="http://shop") as client,
        ):
            yield client

    def orders(self) -> list[str]:
        """What was ordered."""
        with self.engine.connect() as connection:
            return list(connection.scalars(select(self._orders.c.what).order_by(self._orders.c.id)))

    def close(self) -> None:
        """Close everything."""
        self.crm.close()
        self.other.close()
        self.engine.dispose()


@pytest.fixture(params=["aiosqlite", "asyncpg"])
def service(request: pytest.FixtureRequest, shop: ModuleType, tmp_path: Path) -> Iterator[Service]:
    """Give the service on a fresh database."""
    if request.param == "aiosqlite":
        service = Service(shop, f"sqlite+pysqlite:///{tmp_path / 'shop.db'}", "sqlite+aiosqlite")
    else:
        service = Service(shop, request.getfixturevalue("postgres").database(), "postgresql+asyncpg")
    yield service
    service.close()


@pytest.fixture
def on_postgres(shop: ModuleType, postgres) -> Iterator[Service]:
    """Give the service where others can write beside it."""
    service = Service(shop, postgres.database(), "postgresql+asyncpg")
    yield service
    service.close()


@awaited
async def test_both_are_stored(service: Service):
    """A customer with its first order; the answer comes after the commit, and observers have been told."""
    async with service.client() as client:
        answer = await client.post("/orders", json={**NEW, "what": "a heat pump"})

        assert (200, True) == (answer.status_code, answer.json()["ok"])
        assert ["registered", "protected"] == service.observer.told

    assert ["a heat pump"] == service.orders()
    assert "li" == service.other.customer("C1").owner


@awaited
async def test_a_refusal_takes_back_both(service: Service):
    """It is told as a conflict, with every reason in both languages."""
    async with service.client() as client:
        await client.post("/orders", json={**NEW, "what": "a heat pump"})
        answer = await client.post("/orders", json={**NEW, "id": "C2", "what": "another"})
        [refused] = answer.json()["refused"]

        assert (409, "P-02") == (answer.status_code, refused["rule"])
        assert {"en", "zh"} == set(refused["message"])
        assert refused["message"]["en"] != refused["message"]["zh"]

    assert ["a heat pump"] == service.orders()
    assert ["registered", "protected"] == service.observer.told


@awaited
async def test_a_host_that_fails_takes_back_both(service: Service):
    """The order cannot be stored, so there is no customer either."""
    async with service.client() as client:
        with pytest.raises(StatementError):
            await client.post("/orders", json={**NEW, "what": {"no": "text"}})

    assert ([], [], []) == (service.orders(), service.observer.told, list(service.other.events()))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"do": "abandon", "custmer": "C1"}, 422, "invalid"),
        ({"do": "dance"}, 422, "invalid"),
        ({}, 422, "invalid"),
    ],
)
@awaited
async def test_what_cannot_be_understood(service: Service, body, status, code):
    """Is told with the fields at fault."""
    async with service.client() as client:
        answer = await client.post("/commands", json=body)

        assert (status, code) == (answer.status_code, answer.json()["code"])
        assert answer.json()["faults"]


@awaited
async def test_too_many_conflicts(on_postgres: Service):
    """The client is asked to come again, and finds nothing changed."""
    service = on_postgres
    service.other.handle(register(), actor=LI)
    service.meddler.happening = lambda: service.other.handle(record(), actor=LI)

    async with service.client() as client:
        body = {"do": "abandon", "customer": "C1", "reason": "they have no budget"}
        answer = await client.post("/commands", json=body)

        assert (503, "too-many-conflicts", "1") == (
            answer.status_code,
            answer.json()["code"],
            answer.headers["Retry-After"],
        )
        service.meddler.happening = lambda: None
        assert 200 == (await client.post("/commands", json=body)).status_code

    assert ["abandoned"] == service.observer.told
    assert 2 + ATTEMPTS < service.other.customer("C1").version


@awaited
async def test_a_plugin_that_fails_after_the_commit(service: Service, caplog: pytest.LogCaptureFixture):
    """All is stored, and answered so; the error is logged."""
    service.observer.look = lambda: 1 // 0
    async with service.client() as client:
        answer = await client.post("/orders", json={**NEW, "what": "a heat pump"})
        service.observer.look = lambda: None
        again = await client.post("/commands", json={"do": "abandon", "customer": "C1", "reason": "no budget"})

    assert (200, True, "C1") == (answer.status_code, answer.json()["ok"], answer.json()["customer"]["id"])
    assert ["a plugin failed after the commit"] == [record.getMessage() for record in caplog.records]
    assert 200 == again.status_code
    assert ["a heat pump"] == service.orders()
    assert ["registered", "protected", "abandoned"] == [row.envelope.type for row in service.other.events()]


@pytest.mark.parametrize(
    ("error", "status", "after"),
    [(Transient("busy"), 503, "1"), (Unavailable("x", "y"), 503, None), (OutcomeUnknown("x"), 500, None)],
    ids=["transient", "unavailable", "outcome-unknown"],
)
@awaited
async def test_an_error_of_the_storage(service: Service, error: CrmError, status: int, after: str | None):
    """Only what has surely not been stored may simply be sent again."""

    def fail() -> None:
        raise error

    service.meddler.happening = fail
    async with service.client() as client:
        answer = await client.post("/orders", json={**NEW, "what": "a heat pump"})

    assert (status, error.code, after) == (answer.status_code, answer.json()["code"], answer.headers.get("Retry-After"))
    assert [] == service.orders()


@awaited
async def test_many_at_once(on_postgres: Service):
    """Requests of one event loop stand open side by side; each customer has its order."""
    async with on_postgres.client() as client:
        bodies = [
            {**NEW, "id": f"C{number}", "name": f"上海{number}号贸易有限公司", "what": f"{number}"}
            for number in range(8)
        ]
        answers = await asyncio.gather(*(client.post("/orders", json=body) for body in bodies))
        again = [body for body, answer in zip(bodies, answers, strict=True) if answer.status_code == 503]
        for body in again:
            assert 200 == (await client.post("/orders", json=body)).status_code

        assert {200, 503} >= {answer.status_code for answer in answers}

    assert sorted(f"{number}" for number in range(8)) == sorted(on_postgres.orders())
    assert 8 == len(on_postgres.other.customers.all())
    assert [] == list(on_postgres.other.verify())
