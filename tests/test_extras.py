"""Packages that are optional are asked for by the name of the extra that brings them."""

import subprocess
import sys

import pytest

ASKED = """
import sys
import crmcore.{room} as room
assert not {{"{package}"}} & set(sys.modules)
sys.modules["{package}"] = None
try:
    room.{name}
except ImportError as error:
    print(type(error).__name__, error)
print(hasattr(room, "nothing"), "{name}" in room.__all__)
"""


@pytest.mark.parametrize(
    ("room", "name", "package", "extra"),
    [
        ("columnar", "score_frame", "polars", "polars"),
        ("columnar", "features_frame", "polars", "polars"),
        ("charts", "backtest_html", "altair", "charts"),
        ("charts", "backtest_html", "vl_convert", "charts"),
    ],
)
def test_an_extra_that_is_not_installed(room, name, package, extra):
    """The room can be imported without the package, and whoever needs it is told what to install."""
    asked = ASKED.format(room=room, name=name, package=package)

    output = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout

    assert [
        f"MissingExtra {name} needs more packages: pip install 'crmcore[{extra}]'",
        "False True",
    ] == output.splitlines()


def test_other_faults_of_imports_are_not_hidden(monkeypatch):
    """A module of ours that is absent is no missing extra."""
    import crmcore.charts
    import crmcore.columnar

    for room in (crmcore.charts, crmcore.columnar):
        monkeypatch.setattr(room, "_WHERE", dict.fromkeys(room.__all__, "crmcore.nowhere"))
        with pytest.raises(ModuleNotFoundError, match=r"crmcore\.nowhere") as caught:
            room.__getattr__(room.__all__[0])

        assert ModuleNotFoundError is caught.type
