"""What databases find by themselves: SQLite's full text of trigrams (FTS5), and PostgreSQL's ``pg_trgm``.

Both sides are normalised as crmcore does it, indexes are built once all names are in, and each is asked in the way its
manual gives for finding what is alike. Whatever of it is not on this machine is told as ``Absent``.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmcore.matching import normalise
from tests.benchmarks.matching_figures import TOLD, Absent

if TYPE_CHECKING:
    import psycopg

#: Characters of a trigram; FTS5 finds nothing shorter.
THREE = 3
#: Kilobytes of pages that SQLite keeps: no page is read twice.
CACHE = "PRAGMA cache_size = -262144"
PG_SETTINGS = ("shared_buffers=1GB", "max_wal_size=8GB", "maintenance_work_mem=512MB", "random_page_cost=1.1")
#: Trigrams of Chinese need a locale that knows its characters for letters; under C all are dropped.
LOCALES = ("C.UTF-8", "en_US.UTF-8")
INDEXES = {"gist": "gist (name gist_trgm_ops(siglen=256))", "gin": "gin (name gin_trgm_ops)"}
#: GiST walks from the nearest on; GIN finds all that are as alike as the default threshold, .3, and sorts them.
QUERIES = {
    "gist": "SELECT id, 1 - (name <-> %(text)s) FROM names ORDER BY name <-> %(text)s LIMIT %(limit)s",
    "gin": "SELECT id, similarity(name, %(text)s) FROM names WHERE name %% %(text)s ORDER BY 2 DESC LIMIT %(limit)s",
}


class FullText:
    """A file of SQLite with the names in an FTS5 table of trigrams, merged into one segment.

    What is alike is what has any trigram in common, the best by bm25 (SQLite's ``rank``).
    """

    def __init__(self, names: Sequence[str], path: Path) -> None:
        self._names = names
        self._connection = sqlite3.connect(path)
        self._connection.execute(CACHE)
        try:
            self._connection.execute("CREATE VIRTUAL TABLE names USING fts5(name, tokenize = 'trigram')")
        except sqlite3.OperationalError as error:
            raise Absent(f"SQLite {sqlite3.sqlite_version} without FTS5 and its trigrams: {error}") from error
        rows = ((place, normalise(name)) for place, name in enumerate(names))
        self._connection.executemany("INSERT INTO names (rowid, name) VALUES (?, ?)", rows)
        self._connection.execute("INSERT INTO names (names) VALUES ('optimize')")
        self._connection.commit()

    def ranked(self, text: str) -> list[tuple[str, float]]:
        """The names most alike."""
        bare = normalise(text)
        trigrams = {bare[place : place + THREE] for place in range(len(bare) - THREE + 1)}
        rows = self._matching(" OR ".join(map(_quoted, sorted(trigrams))), TOLD) if trigrams else ()
        return [(self._names[place], -rank) for place, rank in rows]

    def fragment(self, text: str, limit: int) -> set[int]:
        """The places of the names that have the text in them."""
        return {place for place, _ in self._matching(_quoted(normalise(text)), limit)}

    def _matching(self, query: str, limit: int) -> list[tuple[int, float]]:
        statement = "SELECT rowid, rank FROM names WHERE names MATCH ? ORDER BY rank LIMIT ?"
        return self._connection.execute(statement, (query, limit)).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


class Trigrams:
    """A table of PostgreSQL with the names, and one index of ``pg_trgm`` at a time."""

    def __init__(self, connection: "psycopg.Connection[Any]", names: Sequence[str]) -> None:
        self._names = names
        self._connection = connection
        self._query = b""
        connection.execute("CREATE TABLE names (id integer PRIMARY KEY, name text NOT NULL)")
        with connection.cursor().copy("COPY names FROM STDIN") as copy:
            for place, name in enumerate(names):
                copy.write_row((place, normalise(name)))

    def indexed(self, kind: str) -> None:
        """Have this index and no other."""
        self._connection.execute("DROP INDEX IF EXISTS by_trigrams")
        self._connection.execute(f"CREATE INDEX by_trigrams ON names USING {INDEXES[kind]}".encode())
        self._connection.execute("VACUUM ANALYZE names")
        self._query = QUERIES[kind].encode()

    def ranked(self, text: str) -> list[tuple[str, float]]:
        """The names most alike."""
        rows = self._connection.execute(self._query, {"text": normalise(text), "limit": TOLD})
        return [(self._names[place], float(score)) for place, score in rows]

    def fragment(self, text: str, limit: int) -> set[int]:
        """The places of the names that have the text in them."""
        likeness = f"%{normalise(text)}%"
        rows = self._connection.execute("SELECT id FROM names WHERE name LIKE %s LIMIT %s", (likeness, limit))
        return {place for (place,) in rows}


@contextmanager
def trigrams(names: Sequence[str]) -> Iterator[Trigrams]:
    """A server of its own with the names in it.

    :raises Absent: there is no driver, no server, no ``pg_trgm``, or no locale under which it knows Chinese.
    """
    try:
        import psycopg

        from tests.servers.postgres import SETTINGS, Postgres
        from tests.servers.running import NoServer
    except ImportError as error:
        raise Absent(f"no driver for PostgreSQL: {error}") from error
    try:
        server = Postgres((*SETTINGS, *PG_SETTINGS))
    except NoServer as error:
        raise Absent(f"no PostgreSQL: {error}") from error
    try:
        with psycopg.connect(host=str(server.root), user="postgres", dbname="postgres", autocommit=True) as first:
            if not first.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'").fetchone():
                raise Absent("this PostgreSQL comes without the contrib module pg_trgm")
            _database(first)
        with psycopg.connect(host=str(server.root), user="postgres", dbname="trigrams", autocommit=True) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            if connection.execute("SELECT similarity('春意空调', '春意空调')").fetchone() != (1.0,):
                raise Absent("pg_trgm takes no Chinese character for a letter under the locales of this machine")
            yield Trigrams(connection, names)
    finally:
        server.close()


def _database(connection: "psycopg.Connection[Any]") -> None:
    import psycopg

    for locale in LOCALES:
        options = f"TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE '{locale}'"
        try:
            connection.execute(f"CREATE DATABASE trigrams {options}".encode())
        except psycopg.Error:
            continue
        return
    raise Absent(f"no locale of {', '.join(LOCALES)} for pg_trgm")
