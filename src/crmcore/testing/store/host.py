"""What an author gives so that the kit can be a host with a transaction of its own."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager

import attrs


@attrs.frozen
class HostTransaction:
    """A transaction of a host's that is open, and what the kit does in it as the host would.

    ``transaction`` is what ``Store.join`` takes. ``commit`` and ``rollback`` end it. ``add`` stores a text of the
    host's own in it, ``texts`` gives those of the host's texts that it sees.
    """

    transaction: object
    commit: Callable[[], object]
    rollback: Callable[[], object]
    add: Callable[[str], object]
    texts: Callable[[], Collection[str]]


#: Begins a transaction of a host's, and closes what it needed when the block ends.
BeginHost = Callable[[], AbstractContextManager[HostTransaction]]

HOW = """the store declares "join", and the test class gives no host to join; write, for example:
    @pytest.fixture
    def host(self, location):
        @contextmanager
        def begin():
            connection = sqlite3.connect(location["path"], isolation_level=None)
            connection.execute("CREATE TABLE IF NOT EXISTS host (text)")
            connection.execute("BEGIN")
            yield HostTransaction(
                connection,
                commit=connection.commit,
                rollback=connection.rollback,
                add=lambda text: connection.execute("INSERT INTO host VALUES (?)", [text]),
                texts=lambda: [row[0] for row in connection.execute("SELECT text FROM host")],
            )
            connection.close()

        return begin"""
