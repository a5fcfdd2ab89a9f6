"""Imports that are killed and run again."""

import random
import signal
import subprocess
import sys
import time

import pytest

from crmcore import CRM
from tests.importing.files import HEAD, codes, put_csv, row, run, statuses

ROWS = 2_500
AT = "2026-03-01T01:00:00+00:00"

#: Imports a file, and says each line as soon as its result is there.
PROGRAM = f"""
import sys
from datetime import datetime
from crmcore import CRM, Actor
from crmcore.importing import open_import

with CRM.open(sys.argv[1]) as crm:
    at = datetime.fromisoformat("{AT}")
    with open_import(crm, sys.argv[2], actor=Actor("import", roles={{"import"}}), at=at) as job:
        for result in job:
            print(result.line, flush=True)
"""


def rows(chance):
    """Many rows, some of them bad, some there twice, some with two contacts and an id."""
    for number in range(ROWS):
        kind = chance.random()
        name = f"靖江市春意{number if kind > 0.02 else number // 2}空调有限公司" if kind > 0.01 else "春意"
        yield row(name, f"K{number}" if kind > 0.9 else "", "王一凡", "李子衿" if kind > 0.5 else "")


def whole(url, path):
    """What is stored, and what another run of the file says."""
    from datetime import datetime

    with CRM.open(url) as crm:
        again = run(crm, path, at=datetime.fromisoformat(AT))
        return crm.customers.all(), list(crm.events()), statuses(again), codes(again)


def killed_after(url, path, lines, delay):
    """Run the program, and kill it a moment after so many lines; whether it was still running."""
    command = [sys.executable, "-c", PROGRAM, url, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


@pytest.mark.rule("D-12")
@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed otherwise there")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_any_moment_and_run_again_it_is_one_run(tmp_path, seed):
    """The same customers with the same ids and numbers, the same events in the same order, the same problems told."""
    chance = random.Random(seed)
    path = put_csv(tmp_path, *rows(chance), head=(*HEAD, "编号", "联系人1", "联系人2"))
    broken, straight = (f"sqlite:///{tmp_path / name}.db" for name in ("broken", "straight"))
    kills = [killed_after(broken, path, chance.randrange(1, ROWS * 3 // 4), chance.uniform(0, 0.1)) for _ in range(3)]
    expected = whole(straight, path), whole(straight, path)
    first = whole(broken, path)

    assert any(kills)
    assert expected[1][:2] == expected[0][:2] == first[:2]
    assert expected[0][3] == first[3]
    assert expected[1] == whole(broken, path)
