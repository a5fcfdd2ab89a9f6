"""Made-up customers and facts for the commands about scoring."""

import random
from datetime import date, timedelta
from pathlib import Path

from tests.cli.helpers import cli, give, jsonl, registration

AT = "2026-03-10T09:00:00+08:00"
LATER = "2026-03-11T09:00:00+08:00"
DAY = date(2026, 3, 1)
#: How the made-up history is judged.
JUDGED = ("--outcome", "order", "--cutoff", "2026-03-01", "--horizon", "30", "--end", "2026-05-01")

FACTS = """\
customer,kind,id,at,amount,known,field,value
C1,order,O1,2025-12-05,420000,,,
C1,order,O2,2026-02-05,180000,,,
C1,profit,P1,2026-02-05T10:00:00+08:00,150000,2026-02-06,,
C1,complaint,,2026-02-06,,,,
C1,survey,S1,2026-02-16,3.5,,,
C1,,,,,2026-01-01,strategic_weight,high
"""


def storage(folder: Path) -> str:
    """A storage with two customers, the first contacted once."""
    url = f"sqlite:///{folder / 'scored.db'}"
    called = give(
        "record-follow-up",
        "2026-03-03T09:00:00+08:00",
        customer="C1",
        channel="phone",
        content="了解需求",
        next_contact_at="2026-03-12T09:00:00+08:00",
    )
    story = jsonl(registration(), registration("C2", "宁波岚槿电子科技股份有限公司"), called)
    cli("run", "-", "--storage", url, input=story)
    return url


def facts(folder: Path) -> Path:
    """What the CRM does not know itself."""
    path = folder / "facts.csv"
    path.write_text(FACTS, encoding="utf-8")
    return path


def history(folder: Path, customers: int = 400) -> Path:
    """Visits that tell something of orders, a field that tells nothing, and a field that knows the outcome."""
    rng, path = random.Random(1), folder / "history.csv"
    rows = ["客户,事件,编号,日期,金额,录入时间,字段,取值"]
    for n in range(customers):
        visits = rng.randrange(8)
        rows += [f"C{n},visit,V{n}-{k},{DAY - timedelta(days=k + 1)},,,," for k in range(visits)]
        rows.append(f"C{n},,,,,2025-06-01,region,{rng.choice(['east', 'west'])}")
        orders = rng.random() < 0.1 + 0.08 * visits
        rows.append(f"C{n},,,,,,told,{'yes' if orders else 'no'}")
        if orders:
            rows.append(f"C{n},order,O{n},{DAY + timedelta(days=10)},500,,,")
    path.write_text("\n".join(rows), encoding="gb18030")
    return path
