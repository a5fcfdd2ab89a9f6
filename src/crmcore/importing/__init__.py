"""Importing customers from files people have: CSV and XLSX, with every row told that was not imported."""

from crmcore.importing.mapping import FileMapping, mapping_from, read_mapping
from crmcore.importing.report import report_file
from crmcore.importing.results import Problem, Result, Tally
from crmcore.importing.running import Import, open_import

__all__ = [
    "FileMapping",
    "Import",
    "Problem",
    "Result",
    "Tally",
    "mapping_from",
    "open_import",
    "read_mapping",
    "report_file",
]
