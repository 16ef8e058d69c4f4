"""The house rules for the source: docstrings, sizes, one way of importing, a light command line."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest
from numpydoc.validate import validate

import analysis

SOURCE = Path(analysis.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
CODES = {"PR01", "PR02", "PR07", "RT03", "SS03", "GL07", "GL08"}
OBVIOUS = {"PR01", "RT03"}
OBVIOUS_LINES = 8
FILE_LINES, BODY_LINES = 400, 30
BUILD_SCRIPTS = ("analysis.charts.fonts",)

# From the ground up: a room imports from its own layer or those below, never from above.
LAYERS = (
    {"declared", "errors", "leftovers", "moments", "notification", "once"},
    {"goals"},
    {"area", "zones"},
    {"access", "implementation", "options", "payment", "private_json"},
    {"run_record"},
    {"tables"},
    {"sources", "synthetic"},
    {"inputs", "record", "registration"},
    {"history"},
    {"result", "store"},
    {"coverage", "inbox", "kept_out", "npe", "surveys", "purge", "stays"},
    {"measures"},
    {"designs"},
    {"charts", "check_report", "judged", "protocol", "release", "tables_html", "words"},
    {"answering", "check", "params", "sentences", "waiting"},
    {"demo", "family_of", "showing"},
    {"view"},
    {"figures"},
    {"fragments", "limits"},
    {"study"},
    {"explore", "topics"},
    {"formats"},
    {"report"},
    {"schedule"},
    {"set_status", "timers"},
    {"running"},
    {"cli"},
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
# `store` writes what `sources` read, and reads what it wrote without them.
HEAVY = ("pandas", "numpy", "ibis", "duckdb", "pyarrow", "scipy", "statsmodels", "matplotlib", "papermill",
         "nbformat", "nbconvert", "jinja2", "pandera", "seaborn")  # fmt: skip


def modules() -> Iterator[ModuleType]:
    yield analysis
    for found in pkgutil.walk_packages(analysis.__path__, "analysis."):
        if not found.name.startswith(BUILD_SCRIPTS):
            yield importlib.import_module(found.name)


def members(module: ModuleType) -> Iterator[str]:
    """Public functions, classes and methods that a module defines."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(value) or inspect.isclass(value):
            yield f"{module.__name__}.{name}"
        if inspect.isclass(value):
            own = [k for k, v in vars(value).items() if inspect.isroutine(v) or isinstance(v, property)]
            yield from (f"{module.__name__}.{name}.{k}" for k in own if not k.startswith("_"))


PUBLIC = sorted(name for module in modules() for name in members(module))


def is_obvious(name: str, text: str) -> bool:
    """A docstring without sections, of a short function, or of a class that only holds fields."""
    if "\n---" in inspect.cleandoc(text):
        return False
    value = named(name)
    if inspect.isclass(value):
        return "__init__" not in vars(value) or hasattr(value, "__dataclass_fields__")
    node = ast.parse(dedent(inspect.getsource(value))).body[0]  # type: ignore[arg-type]
    return lines_of_body(node) <= OBVIOUS_LINES


def named(name: str) -> object:
    parts, value = name.split("."), None
    for n in range(1, len(parts) + 1):
        value = getattr(value, parts[n - 1]) if n > 1 else analysis
    return inspect.unwrap(getattr(value, "fget", None) or getattr(value, "func", None) or value)


def lines_of_body(node: ast.AST) -> int:
    """Lines of a function without its signature and docstring."""
    body = node.body  # type: ignore[attr-defined]
    if ast.get_docstring(node):  # type: ignore[arg-type]
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def inherited_fields(value: object) -> set[str]:
    bases = value.__mro__[1:] if inspect.isclass(value) else ()
    return {field for base in bases for field in getattr(base, "__dataclass_fields__", ())}


def faults(name: str) -> list[str]:
    found = validate(name)
    excused = OBVIOUS if is_obvious(name, found["docstring"]) else set()
    wrong = [(code, text) for code, text in found["errors"] if code in CODES - excused]
    said = inherited_fields(named(name))
    return [
        f"{code} {text}"
        for code, text in wrong
        if code != "PR01" or not set(re.findall(r"'(\w+)'", text)) <= said
    ]


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(tree: ast.AST) -> set[str]:
    """Rooms that a module imports when it runs; what only the type checker sees does not count."""
    unseen = [n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)]
    skipped = {id(child) for node in unseen for child in ast.walk(node)}
    found = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {room(alias.name) for alias in node.names if alias.name.split(".")[0] == "analysis"}
        if isinstance(node, ast.ImportFrom) and node.module == "analysis":
            found |= {alias.name for alias in node.names if not alias.name.startswith("__")}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("analysis."):
            found.add(room(node.module or ""))
    return found - {""}


def upward(own: str, rooms: set[str]) -> set[str]:
    """Imports that go up, or sideways to another room of the same layer that imports back."""
    return {other for other in rooms if LEVEL[other] > LEVEL[own]}


def test_every_docstring_is_complete() -> None:
    assert {name: found for name in PUBLIC if (found := faults(name))} == {}


def test_every_public_name_is_looked_at() -> None:
    assert {"analysis.release.counts.count", "analysis.words.Words.number", "analysis.study.Study"} <= set(
        PUBLIC
    )


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_module_has_a_docstring_keeps_to_the_sizes_and_imports_by_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert (ast.get_docstring(tree) or "").strip()
    assert len(text.splitlines()) <= FILE_LINES
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [(f.name, lines_of_body(f)) for f in functions if lines_of_body(f) > BODY_LINES] == []
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names]
    assert "*" not in names


def test_every_room_has_its_layer() -> None:
    assert {room_of(path) for path in FILES} - {"__init__"} == set(LEVEL)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_one_way(path: Path) -> None:
    own = room_of(path)
    rooms = imported_rooms(ast.parse(path.read_text(encoding="utf-8")))
    assert (upward(own, rooms) if own in LEVEL else rooms) == set()


def test_no_two_rooms_import_each_other() -> None:
    found: dict[str, set[str]] = {}
    for path in FILES:
        rooms = imported_rooms(ast.parse(path.read_text(encoding="utf-8")))
        found.setdefault(room_of(path), set()).update(rooms - {room_of(path)})
    assert [(a, b) for a, others in found.items() for b in others if a in found.get(b, ())] == []


@pytest.mark.parametrize(
    "module",
    [
        "analysis",
        "analysis.cli",
        "analysis.report.plan",
        "analysis.area",
        "analysis.access",
        "analysis.running",
        "analysis.schedule",
        "analysis.set_status",
        "analysis.timers",
    ],
)
def test_import_stays_light(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


BAD = '''
"""A bad module"""
from analysis.cli import main
from analysis import study

def f(a):
    """Do it"""
'''


def test_rules_find_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert upward("release", imported_rooms(ast.parse(BAD))) == {"cli", "study"}
    long = ast.parse("def f():\n    '''x'''\n" + "    x = 1\n" * 31)
    assert lines_of_body(long.body[0]) == 31
    text = 'def f(a):\n    """Do it\n\n    Parameters\n    ----------\n    b : int\n    """\n    return a\n'
    (tmp_path / "badly_documented.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    codes = {code for code, _ in validate("badly_documented.f")["errors"]}
    assert {"PR01", "PR02", "PR07", "SS03"} <= codes
