"""What a Python program calls: the jobs of the command line with typed values in place of files and printed lines.

Nothing here prints, asks for the time or for chance. Types are frozen, numbers exact; what is wrong is raised as the
exceptions of ``smartcity_xl.errors``, whose ``words()`` (of each fault) say what to do. docs/python.md has the promise.
"""

from smartcity_xl.catalog.load import catalog_ids
from smartcity_xl.errors import XlscoreError
from smartcity_xl.interface.figures import FigureValues, TableRows, score_figures, what_if
from smartcity_xl.interface.firm import weigh_results
from smartcity_xl.interface.jobs import Collected, assess, collect, load_catalog, make_templates
from smartcity_xl.interface.told import compare, export_tables, write_report
from smartcity_xl.messages import word_error
from smartcity_xl.model import Catalog, Scores, Settings
from smartcity_xl.results import Results, read_results
from smartcity_xl.results.compared import ComparedResults
from smartcity_xl.results.tables import read_tables
from smartcity_xl.results.tried import TriedSystem
from smartcity_xl.run.files import Written

__all__ = [
    "Catalog",
    "Collected",
    "ComparedResults",
    "FigureValues",
    "Results",
    "Scores",
    "Settings",
    "TableRows",
    "TriedSystem",
    "Written",
    "XlscoreError",
    "assess",
    "catalog_ids",
    "collect",
    "compare",
    "export_tables",
    "load_catalog",
    "make_templates",
    "read_results",
    "read_tables",
    "score_figures",
    "weigh_results",
    "what_if",
    "word_error",
    "write_report",
]
