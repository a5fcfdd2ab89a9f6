"""The package as it is installed."""

import importlib.metadata
import os
from importlib.resources import files
from pathlib import Path

import pytest

import crmcore
from tests.conftest import ROOT

from_src = pytest.mark.skipif(os.environ.get("CI") != "true", reason="crmcore may come from src while developing")


@from_src
def test_the_installed_package_is_tested():
    """The crmcore under test is the installed one, with what the wheel holds, and never the source folder."""
    where = Path(crmcore.__file__).resolve()

    assert not where.is_relative_to(ROOT / "src")


def test_types_are_shipped():
    """Type checkers of users find the marker that says crmcore carries its types."""
    assert files("crmcore").joinpath("py.typed").is_file()


@from_src
def test_version_is_known():
    """The installed package tells its version."""
    assert importlib.metadata.version("crmcore").count(".") == 2
