"""Plain data as TOML."""

import tomllib

import pytest

from crmcore.kernel.toml import toml_text


@pytest.mark.parametrize("line", [0, 1000])
def test_all_sorts_of_values(line):
    """What is written reads back; what is not set is a comment, or left out of a table on a line."""
    data = {"a b": 1, "t": {"x": True, "n": None, "f": 1.5, "deep": {"k": []}, "e": {}}, "l": [{"k": 'v"\\\n\x7f'}]}
    text = toml_text(data, line)

    assert ("# n is not set" in text) == (line == 0)
    assert {"a b": 1, "t": {"x": True, "f": 1.5, "deep": {"k": []}, "e": {}}, "l": data["l"]} == tomllib.loads(text)


@pytest.mark.parametrize(("line", "text"), [(8, "t = {x = 1}\n"), (6, "[t]\nx = 1\n")])
def test_a_table_that_fits_stays_on_a_line(line, text):
    """A longer one gets a heading."""
    assert text == toml_text({"t": {"x": 1}}, line)
