"""The options that a URL hands to a driver: those it does not take are told before it is asked to connect."""

import importlib
import inspect
import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from crmcore.errors import Fault, Invalid
from crmcore.storage.sqlalchemy.adopted import CHARSETS


def check_options(engine: Engine) -> None:
    """Nothing.

    :raises Invalid: the driver does not take an option, or not this value of it.
    """
    _, options = engine.dialect.create_connect_args(engine.url)
    known = _taken_by_psycopg() if engine.dialect.name == "postgresql" else _taken_by_pymysql()
    faults = [
        Fault(f"storage.{name}", "unknown-field", f"an option of the driver's: {', '.join(sorted(known))}")
        for name in options
        if name not in known
    ]
    faults += _faulty_values(options)
    if faults:
        raise Invalid(faults)


def _taken_by_psycopg() -> set[str]:
    """Those of the driver, and those of PostgreSQL's own library that it is built upon."""
    psycopg = importlib.import_module("psycopg")
    own = {*inspect.signature(psycopg.connect).parameters} - {"conninfo", "kwargs"}
    return own | {one.keyword.decode() for one in psycopg.pq.Conninfo.get_defaults()}


def _taken_by_pymysql() -> set[str]:
    return {*inspect.signature(importlib.import_module("pymysql").Connection).parameters}


def _faulty_values(options: Mapping[str, Any]) -> list[Fault]:
    faults = []
    charset = options.get("charset", CHARSETS[0])
    if charset not in CHARSETS:
        faults.append(Fault("storage.charset", "not-allowed", CHARSETS[0]))
    if not _is_number(options.get("connect_timeout", 0)):
        faults.append(Fault("storage.connect_timeout", "not-allowed", "whole seconds"))
    return faults


def _is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except (TypeError, ValueError):
        return False
