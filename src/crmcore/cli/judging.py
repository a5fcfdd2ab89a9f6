"""``crmcore policy backtest`` and ``crmcore policy fit``: a scoring policy against what came, or made from it."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import evolve

from crmcore.cli.options import Callback, Setup, moment, talking
from crmcore.cli.scoring import plugin_sources, read_facts, scoring_policy, share
from crmcore.cli.telling import fit_data, report_data, show_fit, show_report
from crmcore.cli.terminal import BAD_NEWS
from crmcore.errors import Fault, Invalid
from crmcore.kernel.times import zone as zone_of

if TYPE_CHECKING:
    from crmcore.cli.facts_file import FactsFile
    from crmcore.scoring import Candidate, History

#: Days in which events are counted, where nothing else is asked for.
WINDOWS: Final = (30, 365)
ZONE: Final = "Asia/Shanghai"


def _history_options(function: Callback) -> Callback:
    """The file, what the outcome is, and when it is judged."""
    file = click.argument(
        "history", metavar="HISTORY.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path)
    )
    outcome = click.option("--outcome", required=True, metavar="KIND", help="The kind of event that is the outcome.")
    cutoff = click.option("--cutoff", required=True, metavar="TIME", help="What was known then counts.")
    horizon = click.option(
        "--horizon", required=True, type=click.IntRange(1, 36_500), metavar="DAYS", help="The outcome may come so long."
    )
    repeats = click.option("--repeats", is_flag=True, help="The outcome may come to a customer more than once.")
    entry = click.option("--entry", metavar="KIND", help="The event by which a customer comes into being.")
    start = click.option("--start", metavar="TIME", help="Records go back to then.  [default: the first in the file]")
    end = click.option("--end", metavar="TIME", help="Records reach until then.  [default: the last in the file]")
    for option in (end, start, entry, repeats, horizon, cutoff, outcome, file):
        function = option(function)
    return function


@click.command()
@click.argument("source", metavar="NAME|FILE.toml")
@_history_options
@click.option("--adverse", is_flag=True, help="The outcome is a bad one, such as leaving.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help="Write calibration and lift as a page with charts, which loads nothing (extra charts).",
)
@talking
def backtest(setup: Setup, horizon: int, html: Path | None, *, adverse: bool, **given: Any) -> None:
    """Test a scoring policy against what came.

    Everybody in the file is scored as known at the cutoff, and compared with what came in the days after it. The file
    has a row for each fact: customer, kind, id, at, amount, known; or customer, field, value, known.

    Status 1 when the policy tells nothing, or the file cannot tell whether it does.
    """
    from crmcore.scoring import backtest as test

    policy = scoring_policy(setup.source)
    history, cutoff = _read(policy.tzinfo, **given)[1:]
    report = test(policy, history, cutoff, horizon, sources=plugin_sources(), adverse=adverse)
    if html is not None:
        from crmcore.charts import backtest_html

        _write(html, backtest_html(report, lang=setup.terminal.lang), "--html")
    if setup.terminal.as_json:
        setup.terminal.json(report_data(report))
    else:
        show_report(setup.terminal, policy, report)
    raise SystemExit(0 if report.status == "ok" else BAD_NEWS)


@click.command()
@_history_options
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.toml", help="Where to.")
@click.option("--id", "id", default="fitted", show_default=True, metavar="ID", help="The id of the new policy.")
@click.option("--edition", default="1", show_default=True, metavar="VERSION", help="The version of the new policy.")
@click.option(
    "--like", metavar="NAME|FILE.toml", help="Take the features of another policy; otherwise all in the file."
)
@click.option(
    "--grade",
    "grades",
    multiple=True,
    metavar="CODE=SHARE",
    help="A grade, the best first.  [default: A=0.2 B=0.3 C=0.5]",
)
@click.option("--keep-suspects", is_flag=True, help="Use what may know the outcome, too.")
@talking
def fit(
    setup: Setup,
    output: Path | None,
    id: str,
    edition: str,
    like: str | None,
    grades: tuple[str, ...],
    horizon: int,
    *,
    keep_suspects: bool,
    **given: Any,
) -> None:
    """Make a scoring policy from what came.

    The file is as for backtest. Its features become bands with whole points; what may know the outcome is left out, and
    told. The result is a policy file like any other: read it, change it, check it.

    Status 1 when nothing could be fitted.
    """
    from crmcore.scoring import Plan, bind_all, observe, toml_of
    from crmcore.scoring import fit as fit_

    model = None if like is None else scoring_policy(like)
    zone = zone_of(ZONE) if model is None else model.tzinfo
    file, history, cutoff = _read(zone, **given)
    candidates = _candidates(file, history.outcome) if model is None else _like(model.factors)
    observed = observe(history, bind_all(candidates, zone, plugin_sources()), cutoff, horizon)
    subject = "customer" if model is None else model.subject
    plan = Plan(id, edition, subject, start=history.start, end=history.end, keep_suspects=keep_suspects)
    plan = evolve(plan, grades=_grades(grades)) if grades else plan
    result = fit_(observed.cases, candidates, plan, undated=observed.undated)
    if result.policy is not None and output is not None:
        _write(output, toml_of(result.policy), "--output")
    if setup.terminal.as_json:
        early = {} if observed.matured else {"status": "not-matured"}
        setup.terminal.json({**fit_data(result, with_policy=output is None), **early})
    elif result.policy is not None and output is None:
        setup.terminal.write(toml_of(result.policy))
    else:
        show_fit(setup.terminal, result, output, matured=observed.matured)
    raise SystemExit(0 if result.status == "fitted" else BAD_NEWS)


def _read(
    zone: tzinfo,
    *,
    history: Path,
    outcome: str,
    cutoff: str,
    repeats: bool,
    entry: str | None,
    start: str | None,
    end: str | None,
) -> "tuple[FactsFile, History, datetime]":
    """The file, the history in it, and the cutoff."""
    from crmcore.scoring import History

    file = read_facts(history, zone)
    times = file.times
    if outcome not in file.kinds:
        raise Invalid(
            [Fault("--outcome", "not-allowed", "one of " + (", ".join(file.kinds) or "the kinds in the file"))]
        )
    first = _moment(start, "--start", zone) or min(times)
    last = _moment(end, "--end", zone) or max(times)
    when = _moment(cutoff, "--cutoff", zone) or last
    return file, History(tuple(file.facts.values()), outcome, first, last, repeats, entry), when


def _moment(text: str | None, name: str, zone: tzinfo) -> datetime | None:
    """A time given by an option: a date, which begins at midnight, or a time with an offset."""
    if text is None or "T" in text or " " in text:
        return moment(text, name)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return moment(text, name)


def _like(factors: Iterable[Any]) -> "list[Candidate]":
    """The features of a policy as candidates."""
    from crmcore.scoring import Candidate

    return [Candidate(factor.key, factor.source, factor.params, factor.group) for factor in factors]


def _candidates(file: "FactsFile", outcome: str) -> "list[Candidate]":
    """Whatever a file offers: each field, and of each kind of event how long ago and how often."""
    from crmcore.scoring import Candidate

    found = [Candidate(_key(name), "field", {"name": name}) for name in file.fields]
    for kind in file.kinds:
        found.append(Candidate(_key(kind, "-last"), "days-since", {"of": kind}))
        found += [Candidate(_key(kind, f"-{days}d"), "count", {"of": kind, "days": days}) for days in WINDOWS]
    return _distinct(one for one in found if one.params.get("of") != outcome or one.source != "days-since")


def _distinct(candidates: "Iterable[Candidate]") -> "list[Candidate]":
    """Candidates with keys that differ: where names lead to the same key, the later ones are numbered."""
    known: dict[str, Candidate] = {}
    for one in candidates:
        numbered = (f"{one.key}-{number}" for number in count(2))
        key = next(key for key in chain((one.key,), numbered) if key not in known)
        known[key] = evolve(one, key=key)
    return list(known.values())


def _key(name: str, ending: str = "") -> str:
    """A name as the key of a factor."""
    letters = "".join(letter if letter.isalnum() else "-" for letter in name.casefold()).strip("-")
    return f"{letters[:40] or 'field'}{ending}"


def _grades(given: Iterable[str]) -> tuple[tuple[str, float], ...]:
    """The grades that --grade names, the best first."""
    pairs = [text.partition("=") for text in given]
    if any(not code or not equals for code, equals, _ in pairs):
        raise Invalid([Fault("--grade", "not-allowed", "CODE=SHARE, such as A=0.2")])
    return tuple((code, share(text, "--grade")) for code, _, text in pairs)


def _write(path: Path, text: str, option: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Invalid([Fault(option, "not-allowed", f"a file that can be written ({error.strerror})")]) from None
