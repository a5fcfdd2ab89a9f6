"""An import of made-up customers, 3 % of the rows bad, into SQLite: how fast, in how much memory, and told how exactly.

To be run as ``python tests/benchmarks/importing.py [ROWS [off] [warn]]``.

Beside it stand sqlite3 alone with the rows of the file in one table, and sqlite3 alone with the very records that the
import has stored, in the same tables; both by ``executemany``, 500 rows a transaction. What was planted is compared
with what is told, line by line, and nothing is measured unless they agree.
"""

import csv
import json
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crmcore import CRM, Actor
from crmcore.importing import open_import
from tests.benchmarks.harness import report, scratch

ROWS = 10_000
#: Up to so many rows, the median of three rounds.
FEW = 10_000
#: Without looking for similar names, and with, as is the default.
SIMILAR = ("off", "warn")
BATCH = 500
#: Bad rows out of a hundred.
BAD = 3
PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")

HEAD = ("客户名称", "地区", "地址", "行业", "电话", "邮箱", "简介", "来源", "联系人", "手机", "职务")
PLACES = ("靖江市", "苏州", "宁波", "义乌市", "上海", "佛山市", "威海", "绵阳", "宜昌", "芜湖", "宝鸡", "营口")
TRADES = ("空调", "精密机械", "电子科技", "食品", "包装材料", "软件", "贸易", "物流", "餐饮管理", "环保工程")
#: Brands are three signs out of so many, in an order that puts like ones far apart.
SIGNS, STEP = 2_000, 6_180_339_887


def name(number: int) -> str:
    """A full name that no other number has."""
    rest, first = divmod(number * STEP % SIGNS**3, SIGNS)
    brand = "".join(chr(0x4E00 + 7 * sign) for sign in (first, *divmod(rest, SIGNS)))
    return f"{PLACES[number % len(PLACES)]}{brand}{TRADES[number // len(PLACES) % len(TRADES)]}有限公司"


def good(number: int, chance: Random) -> list[str]:
    """A complete row."""
    return [
        name(number),
        PLACES[number % len(PLACES)],
        f"示例路{chance.randint(1, 999)}号",
        "制造业",
        f"0523-{80_000_000 + number}",
        f"info@c{number}.example",
        f"生产和销售{TRADES[number % len(TRADES)]}，约{chance.randint(2, 80) * 10}人",
        "exhibition",
        "王示例",
        f"138{number:08d}",
        "采购经理",
    ]


def _changed(place: int, value: str) -> Callable[[list[str], int], str]:
    def bad(cells: list[str], _number: int) -> str:
        return _line([*cells[:place], value, *cells[place + 1 :]])

    return bad


def _line(cells: list[str]) -> str:
    return ",".join(cells)


#: What is planted: the code it is told by, and what it makes of a row.
PLANTED: tuple[tuple[str, Callable[[list[str], int], str]], ...] = (
    ("not-a-full-name", _changed(0, "澄屿")),
    ("required", _changed(2, "")),
    ("unknown-industry", _changed(3, "外星业")),
    ("digits-lost", _changed(4, "5.23556E+11")),
    ("too-long", _changed(5, "x" * 201)),
    ("bad-character", _changed(6, "生产\x07")),
    ("name-required", _changed(8, "")),
    ("not-allowed", lambda cells, _number: _line(cells[:-1])),
    ("not-allowed", lambda cells, _number: f'"{cells[0]}"x' + _line(cells)[len(cells[0]) :]),
    ("repeated", lambda cells, number: _line([name(number - 100), *cells[1:]])),
)


def write(path: Path, rows: int) -> dict[int, str]:
    """A file of so many rows; the lines of the bad ones with the codes they are to be told by."""
    chance, planted = Random(1), {}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(_line(list(HEAD)) + "\r\n")
        for number in range(rows):
            text, place = _line(good(number, chance)), number % 100
            if place >= 100 - BAD:
                code, spoil = PLANTED[(number // 100 * BAD + place) % len(PLANTED)]
                if code != "repeated" or number >= 200:
                    planted[number + 2] = code
                    # What comes a hundred rows before is as bad; what comes just before that is not.
                    text = spoil(good(number, chance), number - BAD)
            file.write(text + "\r\n")
    return planted


# ------------------------------------------------------------------------------------------------------------ crmcore


def run_crmcore(path: Path, store: Path, similar: str, told: Path | None) -> dict[str, Any]:
    """Import in this process: the seconds it takes, the most memory the process has had, and the counts."""
    clerk, problems = Actor("import", roles={"import"}), []
    with CRM.open(f"sqlite:///{store}", overrides={"matching.similar": similar}) as crm:
        started = perf_counter()
        with open_import(crm, path, actor=clerk) as job:
            for result in job:
                problems += [(result.line, problem.code) for problem in result.problems]
        seconds = perf_counter() - started
    if told is not None:
        told.write_text(json.dumps(problems), encoding="utf-8")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "memory": memory, **job.tally.data()}


def in_process(*arguments: object) -> dict[str, Any]:
    """The same in a process of its own, so that its memory is nobody else's."""
    command = [sys.executable, __file__, "--one", *map(str, arguments)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


# ------------------------------------------------------------------------------------------------------- sqlite3 alone


def connected(path: Path) -> sqlite3.Connection:
    """A connection as the store makes them."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def insert(connection: sqlite3.Connection, statement: str, rows: Iterable[Any]) -> None:
    """Rows, some hundred a transaction."""
    pending = iter(rows)
    while chunk := list(islice(pending, BATCH)):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, chunk)
        connection.execute("COMMIT")


def run_rows(path: Path, store: Path) -> float:
    """The seconds sqlite3 takes to put the rows of the file into one table."""
    connection = connected(store)
    connection.execute(f"CREATE TABLE customers ({', '.join(f'c{place} TEXT' for place in range(len(HEAD)))})")
    started = perf_counter()
    with path.open(encoding="utf-8-sig", newline="") as file:
        whole = (row for row in csv.reader(file) if len(row) == len(HEAD))
        insert(connection, f"INSERT INTO customers VALUES ({', '.join('?' * len(HEAD))})", whole)
    seconds = perf_counter() - started
    connection.close()
    return seconds


def run_records(stored: Path, store: Path) -> float:
    """The seconds sqlite3 takes to put the records of an import into the same tables; reading them is not counted."""
    CRM.open(f"sqlite:///{store}").close()
    source, connection, seconds = sqlite3.connect(stored), connected(store), 0.0
    tables = [row[0] for row in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        width = len(source.execute(f'SELECT * FROM "{table}" LIMIT 1').description)
        connection.execute(f'DELETE FROM "{table}"')
        for chunk in _chunks(source.execute(f'SELECT * FROM "{table}"')):
            started = perf_counter()
            insert(connection, f'INSERT INTO "{table}" VALUES ({", ".join("?" * width)})', chunk)
            seconds += perf_counter() - started
    source.close()
    connection.close()
    return seconds


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, BATCH)):
        yield chunk


# ----------------------------------------------------------------------------------------------------------- together


def measure(folder: Path, rows: int, similar: str, rounds: int) -> list[str]:
    """A line of the table; B, A and C in turn."""
    path, told = folder / f"{rows}.csv", folder / "told.json"
    planted = write(path, rows)
    one, table, records = [], [], []
    for turn in range(rounds):
        own, plain, raw = (folder / f"{turn}-{name}.db" for name in ("own", "plain", "raw"))
        table.append(run_rows(path, plain))
        found = in_process(path, own, similar, told)
        one.append(found)
        records.append(run_records(own, raw))
        again = in_process(path, own, similar)
        for left in folder.glob(f"{turn}-*"):
            left.unlink()
    assert sorted(planted.items()) == [tuple(pair) for pair in json.loads(told.read_text())], "exactly what was planted"
    seconds = [round_["seconds"] for round_ in one]
    ratios = [median(mine / other for mine, other in zip(seconds, others, strict=True)) for others in (table, records)]
    rates = [f"{rows / median(each):,.0f}" for each in (seconds, table, records)]
    shares = [f"{1 / ratio:.4f}" for ratio in ratios]
    line = [f"{rows:,}", similar, *rates, *shares, f"{rows / again['seconds']:,.0f}", f"{found['memory']:,.0f}"]
    return [*line, f"{len(planted):,} of {len(planted):,}"]


def main() -> None:
    """Measure a tenth of the rows and all of them, and print."""
    if sys.argv[1:2] == ["--one"]:
        path, store, similar, *told = sys.argv[2:]
        print(json.dumps(run_crmcore(Path(path), Path(store), similar, Path(told[0]) if told else None)))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    rounds = 1 if rows > FEW else 3
    with scratch() as folder:
        lines = [measure(folder, size, how, rounds) for size in (rows // 10, rows) for how in sys.argv[2:] or SIMILAR]
    head = (
        "rows",
        "similar",
        "A: import, rows/s",
        "B: rows, one table",
        "C: same records",
        "A ÷ B",
        "A ÷ C",
        "again, rows/s",
    )
    report(f"Import into SQLite, {BAD} % bad rows", (*head, "memory, MB", "bad rows told"), lines)


if __name__ == "__main__":
    main()
