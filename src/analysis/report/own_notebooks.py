"""Notebooks that nobody has planned: an analyst's own, dropped beside ours, with a cell of parameters.

It is made for the whole of the area that its parameters name. Ours have a number and a row in the plan; a
notebook that is not for reports says so in its metadata. Standard library only.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError, Place, UsageError

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
NUMBERED = re.compile(r"[0-9]{2}-.*")
HEADING = re.compile(r"^# +(.+?)[ #]*$", re.MULTILINE)
MARKS = re.compile(r"[*_`]")
TAG = "parameters"


@dataclass(frozen=True)
class Own:
    """A notebook that the plan does not name.

    Parameters
    ----------
    path : Path
        Where it is.
    area : str
        The area of its parameters.
    titles : mapping of str to str
        Its first heading by language; "" is that of a text for all languages.
    """

    path: Path
    area: str
    titles: Mapping[str, str]


def own_notebooks(folder: Path, planned: Collection[str], area: str) -> list[str]:
    """The names of the notebooks to make for an area besides those of the plan.

    Parameters
    ----------
    folder : Path
        Of the notebooks.
    planned : collection of str
        Names that the plan has, for any area.
    area : str
        The area.

    Returns
    -------
    list of str
        In the order of the alphabet.
    """
    found = (_looked(path, planned) for path in _files(folder))
    return [one.path.stem for one in found if isinstance(one, Own) and one.area == area]


def set_aside(folder: Path, planned: Collection[str], areas: Collection[str]) -> dict[str, AnalysisError]:
    """The notebooks that can be made for nobody, with the reason.

    Parameters
    ----------
    folder : Path
        Of the notebooks.
    planned : collection of str
        Names that the plan has, for any area.
    areas : collection of str
        Every area there is.

    Returns
    -------
    dict of str to AnalysisError
        By name. Those that say that they are not for reports are not among them.
    """
    found = {path: _looked(path, planned) for path in _files(folder)}
    said = {path: one for path, one in found.items() if isinstance(one, AnalysisError)}
    for path, one in found.items():
        if isinstance(one, Own) and one.area not in areas:
            remedy = f"Write one of these in its parameters: {', '.join(sorted(areas))}"
            said[path] = _not_made(path, f"it is for the area “{one.area}”, which does not exist", remedy)
    return {path.stem: said[path] for path in sorted(said)}


def title(path: Path, language: str) -> str:
    """What a notebook calls itself in a language: its first heading; without one, its name."""
    titles = _titles(_cells(path))
    return titles.get(language) or titles.get("") or path.stem


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.glob("*.ipynb")) if not path.name.startswith("."))


def _looked(path: Path, planned: Collection[str]) -> Own | AnalysisError | None:
    """What a notebook is; None when the plan has it or should, or it is not for reports."""
    if path.stem in planned or NUMBERED.fullmatch(path.stem):
        return None
    try:
        whole = _whole(path)
        if not whole.get("metadata", {}).get("analysis", {}).get("planned", True):
            return None
        is_python, cells = _is_python(whole.get("metadata", {})), _cells(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _not_made(path, "it is not a whole notebook", "Restore it, or take it away")
    if not is_python:
        return _not_made(path, "it does not say that it is for Python", "Choose a Python kernel, and save it")
    return _own(path, cells)


def _is_python(metadata: Mapping[str, Any]) -> bool:
    kernel, language = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    return bool(kernel.get("name")) and "python" in (kernel.get("language"), language.get("name"))


def _own(path: Path, cells: list[dict[str, Any]]) -> Own | AnalysisError:
    if not NAME.fullmatch(path.stem):
        remedy = "Name it by small letters a–z, digits and hyphens, such as my-notebook"
        return _not_made(path, "its name is no name of a report", remedy)
    code = [c["text"] for c in cells if c["cell_type"] == "code" and TAG in c["tags"]]
    if not code:
        remedy = 'Tag that cell, or write "analysis": {"planned": false} into the notebook\'s metadata'
        return _not_made(path, f"it has no cell with the tag “{TAG}”", remedy)
    area = _area(code[0])
    if not area:
        return _not_made(path, "its parameters name no area", 'Write such as area = "goteborg"')
    return Own(path, area, _titles(cells))


def _not_made(path: Path, why: str, remedy: str) -> AnalysisError:
    return UsageError(f"this notebook is no report: {why}", remedy, Place(path.name))


@lru_cache(maxsize=64)
def _read(path: Path, size: int, changed: int) -> Any:
    del size, changed
    return json.loads(path.read_text(encoding="utf-8"))


def _whole(path: Path) -> Any:
    """A notebook as it stands now; one that is asked for again and has not been touched is not read again."""
    state = path.stat()
    return _read(path, state.st_size, state.st_mtime_ns)


def _cells(path: Path) -> list[dict[str, Any]]:
    """Kind, tags and text of each cell."""
    return [
        {
            "cell_type": cell["cell_type"],
            "tags": [str(tag) for tag in cell.get("metadata", {}).get("tags", [])],
            "text": "".join(cell["source"]),
        }
        for cell in _whole(path)["cells"]
    ]


def _titles(cells: list[dict[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for cell in cells:
        heading = HEADING.search(cell["text"]) if cell["cell_type"] == "markdown" else None
        if heading:
            languages = [t.removeprefix("lang-") for t in cell["tags"] if t.startswith("lang-")] or [""]
            for language in languages:
                found.setdefault(language, MARKS.sub("", heading[1]))
    return found


def _area(code: str) -> str:
    """The area that a cell of parameters names as plain text; "" when it names none."""
    try:
        set_ = [node for node in ast.parse(code).body if isinstance(node, ast.Assign)]
    except SyntaxError:
        return ""
    for node in set_:
        named = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if named == ["area"] and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return node.value.value
    return ""
