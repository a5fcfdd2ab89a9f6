"""The scoring policies that come with the package: part of it as its code is, and as unchanging."""

from functools import cache
from importlib.resources import files

from crmcore.errors import UnknownName
from crmcore.scoring.policy import ScoringPolicy
from crmcore.scoring.reading import from_toml

_FOLDER = "scoring"
_ENDING = ".toml"


@cache
def shipped_names() -> tuple[str, ...]:
    """The ids of the policies that are shipped, sorted."""
    folder = files("crmcore.presets").joinpath(_FOLDER)
    names = (item.name for item in folder.iterdir())
    return tuple(sorted(name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING)))


@cache
def shipped(name: str) -> ScoringPolicy:
    """A shipped policy by its id: ``lead-grade``, ``abc-grade``, ``health`` and so on.

    :raises UnknownName: there is none of that id.
    """
    return from_toml(shipped_text(name))


def shipped_text(name: str) -> str:
    """The file of a shipped policy, with its comments: something to start one's own from.

    :raises UnknownName: there is none of that id.
    """
    if name not in shipped_names():
        raise UnknownName("preset", name, shipped_names())
    return files("crmcore.presets").joinpath(_FOLDER, name + _ENDING).read_text(encoding="utf-8")
