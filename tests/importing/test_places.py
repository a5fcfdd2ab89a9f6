"""The table of first lines."""

import tracemalloc

import pytest

from crmcore.importing.places import FirstLines


def test_an_id_is_noted_once():
    """The first line stays, however often the id comes again and the table grows."""
    table = FirstLines()
    noted = [table.note(f"id{number}", number) for number in range(1, 5000)]
    again = [table.note(f"id{number}", number + 9) for number in range(1, 5000)]

    assert {None} == set(noted)
    assert list(range(1, 5000)) == again
    assert 4999 == len(table)


def test_asking_for_a_line_notes_nothing():
    """None for who is not there."""
    table = FirstLines()
    table.note("here", 7)

    assert (7, None, None, 1) == (table.line("here"), table.line("gone"), table.note("gone", 8), len(table) - 1)


@pytest.mark.rule("D-12")
def test_a_table_takes_little_memory():
    """Fewer bytes an id than a text alone would take, also while it grows."""
    tracemalloc.start()
    table = FirstLines()
    for number in range(1, 50_001):
        table.note(f"id{number}", number)
    now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 50_000 * 64 > peak
    assert 50_000 * 48 > now
