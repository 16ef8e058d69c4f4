"""What a warm parent loads once, so that the kernels and workers forked from it need not.

Importing this module does the loading: a fork server imports it by name before it serves. A fork copies only
the thread that calls it, so the parent must have no other; `IS_SAFE` says whether that is so.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil

from analysis.report.environment import relevant

# papermill first: it imports every engine, and an engine that imports papermill would see half of it.
MODULES = (
    "papermill",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",  # debugpy, which a kernel loads whether anyone debugs or not
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "sqlite3",
    "nbclient",
    "nbconvert",
    "pandas",
    "pyarrow.dataset",
    "pyarrow.pandas_compat",
    "matplotlib.figure",
    "seaborn",
    "statsmodels.api",
    "ibis",
    "duckdb",
    "xlsxwriter",
    "jinja2",
    "analysis.study",
    "analysis.figures",
    "analysis.report.execute",
    "analysis.report.door",
    "analysis.report.downloads",
    "analysis.report.render",
    "analysis.report.series",
    "analysis.report.tabular",
)
COLUMNS_IN_A_KERNEL = 20  # pandas asks at import whether it is in one; every fork will be
THREADS = "/proc/self/task"


def _load() -> None:
    for name in MODULES:
        importlib.import_module(name)
    import nbformat
    import pandas as pd

    from analysis import topics
    from analysis.measures import measures
    from analysis.words import LANGUAGES, texts_of

    for topic in pkgutil.iter_modules(topics.__path__, "analysis.topics."):
        importlib.import_module(topic.name)
    measures()
    for language in LANGUAGES:
        texts_of(language)
    nbformat.validate(nbformat.v4.new_notebook())  # compiles the schema
    pd.set_option("display.max_columns", COLUMNS_IN_A_KERNEL)
    gc.collect()
    gc.freeze()


_load()
IS_SAFE = os.path.isdir(THREADS) and len(os.listdir(THREADS)) == 1
ENVIRONMENT = relevant(os.environ)
