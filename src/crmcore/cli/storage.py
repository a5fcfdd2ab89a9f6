"""``crmcore storage test``: whether a storage backend keeps its promises, and the lifecycle comes out over it."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click
from attrs import define, field

from crmcore.cli.options import Setup, talking
from crmcore.cli.terminal import BAD_NEWS, Terminal, printable, progress
from crmcore.errors import Fault, Invalid, MissingExtra
from crmcore.kernel.refusals import Label

#: What the kits need beyond the library itself.
NEEDS: Final = ("hypothesis", "pytest")
#: How the process ends in which the kits run: all passed, one failed, a storage that is private to who opens it.
PASSED, FAILED, PRIVATE = 0, 1, 8

CAN = Label("declares: {capabilities}", "声明的能力：{capabilities}")
PLAIN = Label("nothing beyond the rules", "无附加能力")
COUNTS = Label(
    "{passed} passed, {failed} failed, {skipped} skipped", "通过 {passed} 项，失败 {failed} 项，跳过 {skipped} 项"
)
SKIPPED = Label("skipped {count}: {why}", "跳过 {count} 项：{why}")
BROKEN = Label("FAILED {kit}, {test}", "失败 {kit}，{test}")
SHOWS = Label("it is to show: {shows}", "应当证明：{shows}")
SOUND = Label("The storage keeps its promises.", "该存储符合全部约定。")
UNSOUND = Label("The storage does not keep its promises.", "该存储不符合约定。")
CUT_SHORT = Label("The kits did not come to an end.", "测试未能运行完毕。")
LEFT = Label(
    "What the kits wrote is still there, in spaces of their own whose names begin with kit_ and crm_.",
    "测试写入的数据仍在其中，位于名称以 kit_ 和 crm_ 开头的独立空间。",
)


@click.group()
def storage() -> None:
    """Prove a storage.

    Its commands take --lang and --json like all others.
    """


@storage.command()
@click.argument("url", metavar="URL")
@click.option("--quick", is_flag=True, help="Few random examples: a look, not a proof.")
@click.option("--yes", "agreed", is_flag=True, help="The database may keep what the kits write there.")
@talking
def test(setup: Setup, url: str, *, quick: bool, agreed: bool) -> None:
    """Test whether a storage keeps its promises.

    Runs both conformance kits of crmcore.testing on whatever an installed plugin opens under URL. They write kinds and
    spaces of their own there, leave them, and touch nothing else; so take a database that may be thrown away, and say
    --yes. Without it, only storages in memory and SQLite files that are not there yet are taken.

    Status 1 when a test failed; each that did says which promise is broken.
    """
    from crmcore.app.plugins import Plugins

    if any(find_spec(package) is None for package in NEEDS):
        raise MissingExtra("crmcore storage test", "testing")
    if not agreed and not is_new(url):
        raise Invalid([Fault("--yes", "missing", "your word that the database may keep what the kits write there")])
    Plugins().open_store(url).close()
    result = run(url, quick=quick)
    if setup.terminal.as_json:
        setup.terminal.json(result.view())
    else:
        tell(setup.terminal, result)
    raise SystemExit(0 if result.ok else BAD_NEWS)


def is_new(url: str) -> bool:
    """Whether nothing can be stored under a URL yet."""
    from crmcore.storage.sqlite.location import read_url

    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        path = read_url(url).path
        return path is None or not Path(path).exists()
    return scheme == "memory"


@define
class Result:
    """What came of the kits: every test that ended, as the process told it that ran them."""

    status: int = -1
    capabilities: list[str] = field(factory=list)
    expected: int = 0
    tests: list[dict[str, Any]] = field(factory=list)

    @property
    def complete(self) -> bool:
        """Whether every test was run."""
        return self.status in {PASSED, FAILED} and 0 < self.expected <= len(self.tests)

    @property
    def ok(self) -> bool:
        """Whether every test was run and none failed."""
        return self.complete and self.status == PASSED and not self.of("failed")

    def of(self, outcome: str) -> list[dict[str, Any]]:
        """The tests that ended so."""
        return [test for test in self.tests if test["outcome"] == outcome]

    def counts(self) -> dict[str, int]:
        """How many tests ended how."""
        return {outcome: len(self.of(outcome)) for outcome in ("passed", "failed", "skipped")}

    def view(self) -> dict[str, Any]:
        """The result as JSON has it: those that passed by number only."""
        told = {outcome: [_without_outcome(test) for test in self.of(outcome)] for outcome in ("failed", "skipped")}
        counts = {"passed": len(self.of("passed"))}
        return {"ok": self.ok, "complete": self.complete, "capabilities": self.capabilities, **counts, **told}


def _without_outcome(test: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in test.items() if key != "outcome"}


def run(url: str, *, quick: bool) -> Result:
    """Run the kits in a process of their own, for they change the one they run in; progress shows on a terminal.

    :raises Invalid: whoever opens the URL gets a storage of their own.
    """
    command = [sys.executable, "-m", "crmcore.testing.run", url, *(["--quick"] if quick else [])]
    result = Result()
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:  # noqa: S603  (our own module)
        try:
            for told in _told(process):
                result.capabilities = told.get("capabilities", result.capabilities)
                result.expected = told.get("tests", result.expected)
                if "outcome" in told:
                    result.tests.append(told)
        finally:
            process.kill()
    result.status = process.returncode
    if result.status == PRIVATE:
        raise Invalid([Fault("storage", "not-allowed", "a URL under which others find the same storage")])
    return result


def _told(process: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    """What the process says, line by line, until it ends."""
    with progress("tests") as show:
        done = 0
        for line in process.stdout or ():
            told: dict[str, Any] = json.loads(line)
            done += "outcome" in told
            show(done)
            yield told
    process.wait()


def tell(terminal: Terminal, result: Result) -> None:
    """The result for people: what failed and why, what was left out and why, and how it stands."""
    capabilities = ", ".join(result.capabilities) or terminal.text(PLAIN)
    terminal.say(terminal.text(CAN).format(capabilities=capabilities))
    for why, count in Counter(test["why"] for test in result.of("skipped")).items():
        terminal.say(terminal.text(SKIPPED).format(count=count, why=printable(why)))
    for failed in result.of("failed"):
        terminal.say(terminal.text(BROKEN).format_map(failed), style="bold")
        for line in (terminal.text(SHOWS).format_map(failed), *failed["broken"], failed["why"]):
            terminal.say(f"  {printable(line)}")
    terminal.say(terminal.text(COUNTS).format(**result.counts()))
    verdict = SOUND if result.ok else UNSOUND if result.complete else CUT_SHORT
    terminal.say(terminal.text(verdict))
    if "durable" in result.capabilities:
        terminal.say(terminal.text(LEFT))
