"""Writes docs/reference/rules.md: every rule of the domain, the policy fields that set it, the tests that show it.

``python docs/_tools/rules.py`` writes the table; with ``--check`` it writes nothing and exits 1 when the table has
drifted, when a rule has no test, or when a test names a rule that nobody wrote down. Tests are read, never run.
"""

import ast
import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from crmcore.app.policy import as_data, load_policy

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = ROOT / "tests"
RULES = ROOT / "docs" / "reference" / "rules.toml"
TABLE = ROOT / "docs" / "reference" / "rules.md"

HEAD = """\
# Rules

<!-- Written by docs/_tools/rules.py from rules.toml, the standard preset and the tests: change those instead. -->

Every rule crmcore keeps, the policy fields that set it with their values in the preset `standard`, and the tests that
show it. Rule ids are stable: refusals carry them, and so do the tests.

"""

Function = ast.FunctionDef | ast.AsyncFunctionDef


class RulesError(Exception):
    """Something in the rules or in a mark that cannot be read."""


class Rule(NamedTuple):
    """A rule's id, its text in English and Chinese, and the dotted paths of the policy fields that set it."""

    id: str
    en: str
    zh: str
    policy: tuple[str, ...]


def read_rules(path: Path = RULES) -> list[Rule]:
    """The rules of a file, in its order."""
    return [_rule(id, entry) for id, entry in tomllib.loads(path.read_text(encoding="utf-8")).items()]


def _rule(id: str, entry: Mapping[str, Any]) -> Rule:
    """One rule, from its table in the file."""
    wanted = ("en", "zh", "policy")
    for key in wanted:
        if key not in entry:
            msg = f"{id} has no {key}"
            raise RulesError(msg)
    for key in entry:
        if key not in wanted:
            msg = f"{id} has an unknown key: {key}"
            raise RulesError(msg)
    return Rule(id, entry["en"], entry["zh"], tuple(entry["policy"]))


def find_tests(folder: Path = TESTS) -> dict[str, list[str]]:
    """For each rule id, the tests marked with it, as ``file::test``, in the order of files and lines."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        name = path.relative_to(folder).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for test, rules in _tests_in(tree.body, name, name, frozenset()):
            for rule in sorted(rules):
                found.setdefault(rule, []).append(test)
    return found


def _tests_in(
    body: Sequence[ast.stmt], file: str, prefix: str, outer: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Each test in a module or class body, with the rules marked on it and around it."""
    assigned = [_assigned(node) for node in body]
    around = outer | _marks((value for name, value in assigned if name == "pytestmark"), file)
    for node, (name, value) in zip(body, assigned, strict=True):
        if isinstance(node, ast.ClassDef):
            inner = around | _marks(node.decorator_list, file)
            yield from _tests_in(node.body, file, f"{prefix}::{node.name}", inner)
        elif isinstance(node, Function) and node.name.startswith("test"):
            yield f"{prefix}::{node.name}", around | _marks(node.decorator_list, file)
        elif name.startswith("Test"):
            # A state machine becomes a test by `TestX = Machine.TestCase`.
            yield f"{prefix}::{name}", around | _marks([value], file)


def _assigned(node: ast.stmt) -> tuple[str, ast.expr | None]:
    """The plain name that a statement assigns to, and the value; an empty name for any other statement."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            return name, value
        case _:
            return "", None


def _marks(expressions: Iterable[ast.expr | None], file: str) -> frozenset[str]:
    """The rule ids of every ``rule(…)`` mark anywhere in these expressions."""
    rules: set[str] = set()
    for expression in filter(None, expressions):
        for node in ast.walk(expression):
            if isinstance(node, ast.Call) and _is_rule(node.func):
                rules.update(_literal(argument, file) for argument in node.args)
    return frozenset(rules)


def _is_rule(func: ast.expr) -> bool:
    """Whether that is what a rule mark is called by."""
    return ast.unparse(func) in {"pytest.mark.rule", "mark.rule", "rule"}


def _literal(argument: ast.expr, file: str) -> str:
    """The rule id that an argument of a mark is."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    msg = f"{file}:{argument.lineno}: a rule mark takes rule ids as plain strings"
    raise RulesError(msg)


@cache
def _standard() -> dict[str, Any]:
    """The preset ``standard`` as plain data, defaults included."""
    return as_data(load_policy("standard"))


def policy_default(path: str) -> str:
    """The value of a policy field in the preset ``standard``, as JSON writes it; ``path`` is dotted."""
    value: Any = _standard()
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            msg = f"the preset standard has no policy field {path}"
            raise RulesError(msg)
        value = value[part]
    return json.dumps(value, ensure_ascii=False)


def table(rules: Iterable[Rule], tests: Mapping[str, Sequence[str]]) -> str:
    """The Markdown table of these rules."""
    rows = [_row(rule, tests.get(rule.id, ())) for rule in rules]
    return "\n".join(["| rule | text | policy | tests |", "| --- | --- | --- | --- |", *rows, ""])


def _row(rule: Rule, tests: Sequence[str]) -> str:
    """The table's row for one rule."""
    text = f"{rule.en}<br>{rule.zh}".replace("|", "\\|")
    policy = "<br>".join(f"`{path}` = `{policy_default(path)}`" for path in rule.policy)
    names = "<br>".join(f"`{test}`" for test in tests)
    return f"| {rule.id} | {text} | {policy or '–'} | {names or '–'} |"


def faults_of(rules: Iterable[Rule], tests: Mapping[str, Sequence[str]]) -> list[str]:
    """Rules without a test and tests that name an unknown rule, one line each."""
    known = {rule.id for rule in rules}
    unknown = sorted(set(tests) - known)
    return [f"{id} has no test" for id in sorted(known - set(tests))] + [
        f"{test} names the unknown rule {id}" for id in unknown for test in tests[id]
    ]


def document() -> str:
    """The page as it ought to stand in docs/reference/rules.md."""
    return HEAD + table(read_rules(), find_tests())


def check() -> list[str]:
    """Everything wrong with the rules, their tests and the page, one line each."""
    faults = faults_of(read_rules(), find_tests())
    if not TABLE.is_file() or TABLE.read_text(encoding="utf-8") != document():
        faults.append("docs/reference/rules.md has drifted: run python docs/_tools/rules.py")
    return faults


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with ``--check`` say what is wrong with it."""
    if list(arguments) == ["--check"]:
        faults = check()
        print(*faults, sep="\n", end="\n" if faults else "")
        return 1 if faults else 0
    if arguments:
        print("usage: rules.py [--check]", file=sys.stderr)
        return 2
    TABLE.write_text(document(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
