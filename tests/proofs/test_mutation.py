"""Proof: whoever deletes or bypasses one of the gate's checks makes a fast test fail.

Each condition of the gate is forced true and false, each comparison moved at its boundary, each stop and
each call of a check taken out, one at a time, in a copy of the source; the fast tests of that file then run
against the copy. A change that no test notices is a survivor. `ANALYSIS_MUTATE` (names of modules) narrows
the files, for work on one.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import pytest

from analysis.area import REPOSITORY

pytestmark = pytest.mark.proof

SOURCE = REPOSITORY / "src" / "analysis"
RELEASE = tuple(sorted(p.name for p in (SOURCE / "release").glob("*.py") if p.name != "__init__.py"))
PUBLISHER = (
    "report/door.py", "report/scan.py", "report/secrets.py", "report/reading.py", "report/vocabulary.py",
    "report/reading_pdf.py", "report/reading_fonts.py", "report/reading_lines.py", "report/reading_packed.py",
    "report/reading_signs.py", "report/reading_series.py", "report/publish.py", "report/tabular.py",
    "report/run.py", "charts/seen.py",
)  # fmt: skip
GATE_IN_RUN = ("scan", "policy", "DisclosureStop")  # the functions of run.py that name one of these
SECONDS = 180, 900  # own tests take seconds, all others some minutes: a mutant that hangs stays so
WORKERS = 2
NOT_OF_THE_GATE = ("tests/release/test_attacker.py",)
FORMATS = (
    "reading_pdf",
    "reading_fonts",
    "reading_lines",
    "reading_packed",
    "reading_series",
    "reading_signs",
)
#: More tests of a file.
ELSEWHERE = {**dict.fromkeys(FORMATS, ("reading_formats",)), "reading": ("reading_formats", "standalone")}
PRELOADED = [
    "pytest",
    "hypothesis",
    "pandas",
    "scipy.optimize",
    "statsmodels.api",
    "matplotlib.figure",
    "ibis",
]
BOUNDARY = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip

# Changes that no test can notice, each by file and the text of the change, with the reason.
EQUIVALENT: dict[tuple[str, str], str] = {
    ("release/breakdowns.py", "other.keys() >= set(parts) -> other.keys() > set(parts)"): (
        "all keys of a family make up its total, which is compared with that of the other family"
    ),
    (
        "report/reading_pdf.py",
        "not last or not content.startswith(table, at) or int(last[2]) != at -> without not last",
    ): "an end that is none has no number either, which stops as well",
    ("report/reading_pdf.py", "if name not in self.head: -> False"): "only saves time",
    (
        "report/reading_pdf.py",
        " for n, kind in kinds.items() if self.objects[n].stream is not None -> without its condition",
    ): "what has no contents says nothing, or is refused",
    ("report/reading_pdf.py", "if n not in self._known_fonts: -> True"): "only saves time",
    ("report/reading_pdf.py", " for s in streams if b'begincmap' in s -> without its condition"): (
        "the other lines of a PDF with nothing in it say nothing of anyone"
    ),
    ("report/reading_pdf.py", "self.objects[number].stream or b'' -> without b''"): (
        "what is of a kind has a stream"
    ),
    ("report/reading_pdf.py", "begin >= 0 -> begin > 0"): "the header is before every stream",
    ("report/reading_pdf.py", "begin < 0 -> begin <= 0"): "the header is before every stream",
    ("report/reading_pdf.py", "self.objects[letters].stream or b'' -> without b''"): (
        "what is of a kind has a stream"
    ),
    ("report/reading_pdf.py", "_lines(data) <= _known() -> _lines(data) < _known()"): (
        "what every PDF has is more than the frame of a table of letters"
    ),
    (
        "report/reading_pdf.py",
        " for s in streams if s.startswith(b'\\x00\\x01\\x00\\x00') -> without its condition",
    ): "only fonts have a table of names",
    (
        "report/reading_signs.py",
        "ESCAPE.sub(lambda escape: _sign(escape[1]), string[1:-1]) if b'\\\\' in string else string[1:-1]"
        " -> True",
    ): "only saves time",
    (
        "report/reading_lines.py",
        "hypot(matrix[4] - end[0], matrix[5] - end[1]) > NEAR * size * hypot(*matrix[:2])"
        " -> hypot(matrix[4] - end[0], matrix[5] - end[1]) >= NEAR * size * hypot(*matrix[:2])",
    ): "two texts are joined more or less at a fifth of their size",
    (
        "charts/seen.py",
        "near > NOISE * np.maximum(abs(drawn), 1.0) -> near >= NOISE * np.maximum(abs(drawn), 1.0)",
    ): ("no difference of two numbers is the noise to its last binary digit"),
    (
        "report/tabular.py",
        "abs(number - size) <= 0.5 * 10 ** (-decimals) * (1 + 1e-09) + 1e-09"
        " -> abs(number - size) < 0.5 * 10 ** (-decimals) * (1 + 1e-09) + 1e-09",
    ): "no difference of two numbers is half a digit and a billionth to its last binary digit",
    ("release/looks.py", "value > own.nothing -> value >= own.nothing"): (
        "no change is a multiple of every step, so it is rounded to itself either way"
    ),
    ("release/looks.py", " for key, one in told.items() if one is not None -> without its condition"): (
        "no value of the check of windows is dropped"
    ),
    ("release/resolution.py", "shown <= LIMITS[-1] < p -> shown <= LIMITS[-1] <= p"): (
        "a p of exactly 0.1 is the same with two decimals and with three"
    ),
    ("report/reading_packed.py", "if digest in _PASSED: -> False"): "only saves time",
    ("report/reading_packed.py", "_PASSED.add(digest) -> nothing"): "only saves time",
    ("report/scan.py", "if not unknown_words('\\n'.join(texts), words): -> False"): "only saves time",
    ("report/run.py", "if again == outcomes: -> False"): "the second scan stops at what the first stopped at",
    ("report/run.py", " for o in done.outcomes if o.state == 'built' -> without its condition"): (
        "what is noted for `--why` is no check of the gate"
    ),
    ("report/run.py", "o.state == 'built' -> o.state != 'built'"): (
        "what is noted for `--why` is no check of the gate"
    ),
    ("report/run.py", "raise -> nothing"): "the second scan stops at what the first stopped at",
    ("report/run.py", "outcome.state == 'built' or not outcome.entry -> without not outcome.entry"): (
        "a report without a page has no files to scan"
    ),
    (
        "report/scan.py",
        "{piece for piece in pieces if not wanted.isdisjoint(tokens_of(piece))} if wanted else set() -> True",
    ): "only saves time",
    ("report/secrets.py", "if not secrets.texts: -> False"): "only saves time",
    (
        "report/secrets.py",
        "set().union(*(_shared(column, wanted) for column in secrets.texts)) if wanted else set() -> True",
    ): "only saves time",
    (
        "report/secrets.py",
        "len(name) >= SHORTEST_ID and all_words.issuperset(parts) and _is_telling(parts, words)"
        " -> without all_words.issuperset(parts)",
    ): "only saves time",
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    file: str
    line: int
    what: str
    text: str


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every change of a file: the node's text before, an arrow, what it becomes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    file = path.relative_to(SOURCE).as_posix()
    inside = _of_the_gate(tree) if file == "report/run.py" else None
    for at, node in enumerate(ast.walk(tree)):
        if inside is not None and id(node) not in inside:
            continue
        for change, after in _changes(node):
            changed = copy.deepcopy(tree)
            target = next(n for i, n in enumerate(ast.walk(changed)) if i == at)
            before = ast.unparse(node).split("\n", 1)[0]
            _replace(changed, target, after)
            line = getattr(node.iter if isinstance(node, ast.comprehension) else node, "lineno", 0)
            yield Mutant(file, line, f"{before} -> {change}", ast.unparse(changed))


def _of_the_gate(tree: ast.AST) -> set[int]:
    """The nodes of the functions that have to do with the gate."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    chosen = [f for f in functions if any(word in ast.unparse(f) for word in GATE_IN_RUN)]
    return {id(node) for function in chosen for node in ast.walk(function)}


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What becomes of a node, by name."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _is_check(node.value):
        yield "nothing", ast.Pass()
    if isinstance(node, ast.Raise) and _stops(node):
        yield "nothing", ast.Pass()
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield from _forced(node, while_=isinstance(node, ast.While))
    if isinstance(node, ast.comprehension) and node.ifs:
        for at in range(len(node.ifs)):
            fewer = copy.deepcopy(node)
            del fewer.ifs[at]
            yield "without its condition", fewer
    if isinstance(node, ast.BoolOp):
        for at, part in enumerate(node.values):
            left = [copy.deepcopy(v) for i, v in enumerate(node.values) if i != at]
            yield f"without {ast.unparse(part)}", left[0] if len(left) == 1 else ast.BoolOp(node.op, left)
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            moved = copy.deepcopy(node)
            moved.ops[at] = BOUNDARY[type(operator)]()
            yield ast.unparse(moved), moved


def _stops(node: ast.Raise) -> bool:
    """Whether a raise is one of the gate's; `raise` alone hands on what another raised."""
    text = ast.unparse(node)
    return any(name in text for name in ("DisclosureStop", "stop(", "AnalysisError")) or node.exc is None


def _forced(node: ast.If | ast.IfExp | ast.While, *, while_: bool) -> Iterator[tuple[str, ast.AST]]:
    for value in (False,) if while_ else (True, False):
        forced = copy.deepcopy(node)
        forced.test = ast.Constant(value)
        yield str(value), forced


def _is_check(call: ast.Call) -> bool:
    """Whether a call that stands alone does something of the gate: but for what fills, closes or notes."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    others = ("mkdir", "close", "flush", "fsync", "progress", "set_", "freeze_", "remember")
    return not name.startswith(others)


def _replace(tree: ast.AST, target: ast.AST, after: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, after)
                return
            if isinstance(value, list) and any(one is target for one in value):
                value[next(i for i, one in enumerate(value) if one is target)] = after
                return


def fast_tests(file: str) -> tuple[list[str], list[str]]:
    """The fast tests of a file, and those of the rest of the gate, for what its own do not notice."""
    folder, name = file.rsplit("/", 1)
    stem = Path(name).stem
    own = [f"tests/{folder}/test_{name}"]
    own += [f"tests/report/test_{one}.py" for one in (stem, *ELSEWHERE.get(stem, ()))]
    if folder == "charts":
        own = ["tests/charts"]
    others = sorted(
        p.relative_to(REPOSITORY).as_posix() for p in (REPOSITORY / "tests/release").glob("test_*.py")
    )
    if folder == "report":
        others = [
            f"tests/report/test_{n}.py" for n in ("door", "scan", "secrets", "run", "publish", "execute")
        ]
        others += ["tests/test_fragments.py"]
    others += ["tests/report/test_canary.py"]
    first = [t for t in dict.fromkeys(own) if (REPOSITORY / t).exists()]
    left = [t for t in others if (REPOSITORY / t).exists() and t not in (*first, *NOT_OF_THE_GATE)]
    return first, left


def sets_of_tests(files: Sequence[str]) -> list[tuple[tuple[str, ...], int]]:
    """What mutants of some files are tried with, and how long that may take."""
    every = ((tuple(tests), s) for file in files for tests, s in zip(fast_tests(file), SECONDS, strict=True))
    return [one for one in dict.fromkeys(every) if one[0]]


def gate_files() -> list[Path]:
    """The files of the gate."""
    files = [SOURCE / "release" / n for n in RELEASE] + [SOURCE / n for n in PUBLISHER]
    chosen = os.environ.get("ANALYSIS_MUTATE", "").split()
    return [f for f in files if f.is_file() and (not chosen or f.stem in chosen)]


@cache
def _tracked() -> tuple[str, ...]:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return tuple(done.stdout.splitlines())


def copy_of_repository(folder: Path) -> Path:
    """The checkout as it is, without its environment and what Git ignores."""
    for name in _tracked():
        source = REPOSITORY / name
        if source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    return folder


def run_tests(folder: str, tests: Sequence[str], log: str) -> None:
    """Run tests against a copy; the exit code is pytest's. In a process that has the heavy libraries."""
    os.setsid()
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.chdir(folder)
    sys.dont_write_bytecode = True
    os.environ["PYTHONPATH"] = f"{folder}/src"
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.path.insert(0, f"{folder}/src")
    for name in [n for n in sys.modules if n.split(".")[0] == "analysis"]:
        del sys.modules[name]  # that of the checkout, which this file imports
    options = ["-x", "-q", "--no-header", "-m", "not proof and not browser", "--rootdir", folder, "--tb=line"]
    with_no_shrinking()
    code = pytest.main([*options, "--hypothesis-profile", "mutants", *tests])
    sys.stdout.flush()
    os._exit(int(code))


def with_no_shrinking() -> None:
    """The first example that fails is enough; the same examples are tried each time."""
    from hypothesis import Phase, settings

    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", phases=phases, derandomize=True, database=None, deadline=None)


def outcome(folder: Path, file: str) -> str:
    """`passed` when neither the file's own tests nor the others notice, or how they do."""
    said = "passed"
    for tests, seconds in zip(fast_tests(file), SECONDS, strict=True):
        if said == "passed" and tests:
            said = _tested(folder, tests, seconds)
    return said


def _tested(folder: Path, tests: Sequence[str], seconds: int) -> str:
    log = folder.with_suffix(".log")
    process = get_context("forkserver").Process(target=run_tests, args=(str(folder), tests, str(log)))
    process.start()
    process.join(seconds)
    timed_out = process.exitcode is None
    with contextlib.suppress(ProcessLookupError, TypeError):
        os.killpg(process.pid, 9)  # type: ignore[arg-type]
    process.join()
    if timed_out:
        return "timeout"
    return {0: "passed", 1: "failed"}.get(process.exitcode or 0, "error")


def try_unchanged(tests: Sequence[str], seconds: int, copies: list[Path]) -> str:
    """What tests say of the source as it is; half the time is enough, or a slow mutant seems noticed."""
    folder = copies.pop()
    try:
        return _tested(folder, tests, seconds // 2)
    finally:
        copies.append(folder)


def try_mutant(mutant: Mutant, copies: list[Path]) -> str:
    """What the tests say of a mutant, in one of the copies."""
    folder = copies.pop()
    path = folder / "src/analysis" / mutant.file
    before = path.read_bytes()
    try:
        path.write_text(mutant.text, encoding="utf-8")
        return outcome(folder, mutant.file)
    finally:
        path.write_bytes(before)
        copies.append(folder)


@pytest.fixture(name="copies")
def copies_fixture() -> Iterator[list[Path]]:
    get_context("forkserver").set_forkserver_preload(PRELOADED)
    scratch = Path(tempfile.mkdtemp(prefix="an-mutants-"))
    yield [copy_of_repository(scratch / f"copy-{n}") for n in range(WORKERS)]
    shutil.rmtree(scratch, ignore_errors=True)


def test_no_check_of_the_gate_can_be_taken_out_unnoticed(
    copies: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files = gate_files()
    mutants = [m for f in files for m in mutants_of(f)]
    names = [f.relative_to(SOURCE).as_posix() for f in files]
    with ThreadPoolExecutor(WORKERS) as pool:
        sets = sets_of_tests(names)
        said = list(pool.map(lambda one: try_unchanged(one[0], one[1], copies), sets))
        broken = [
            f"{' '.join(tests)}: {o}" for (tests, _), o in zip(sets, said, strict=True) if o != "passed"
        ]
        logs = [log.read_text()[-1500:] for log in copies[0].parent.glob("*.log")]
        assert not broken, "\n".join(["the fast tests do not pass without any change", *broken, *logs])
        with capsys.disabled():
            tried = pool.map(lambda m: try_mutant(m, copies), mutants)
            outcomes = [_noted(m, o) for m, o in zip(mutants, tried, strict=True)]
    survivors = [m for m, o in zip(mutants, outcomes, strict=True) if o == "passed"]
    unexplained = [m for m in survivors if (m.file, m.what) not in EQUIVALENT]
    with capsys.disabled():
        print(f"\n{len(mutants)} changes of the gate: {dict(Counter(outcomes))}")  # noqa: T201
        for name in names:
            of_file = [o for m, o in zip(mutants, outcomes, strict=True) if m.file == name]
            print(f"  {name}: {len(of_file)} changes, {of_file.count('passed')} unnoticed")  # noqa: T201
    assert mutants
    assert unexplained == []
    if len(files) == len(RELEASE) + len(PUBLISHER):
        assert len(EQUIVALENT) <= len(mutants) // 20


def _noted(mutant: Mutant, said: str) -> str:
    """Tell of a survivor as soon as it is known: the whole takes more than an hour."""
    if said == "passed":
        print(f"\n  survivor {mutant.file}:{mutant.line}: {mutant.what}", flush=True)  # noqa: T201
    return said


def test_each_condition_is_changed_in_every_way(tmp_path: Path) -> None:
    text = "def f(a, b):\n    if a < 1 and b:\n        raise DisclosureStop('x')\n    check(a)\n"
    path = SOURCE / "release" / "sample.py"
    mutants = [m.what for m in _of_text(text, path, tmp_path)]
    assert mutants == [
        "if a < 1 and b: -> True",
        "if a < 1 and b: -> False",
        "check(a) -> nothing",
        "a < 1 and b -> without a < 1",
        "a < 1 and b -> without b",
        "raise DisclosureStop('x') -> nothing",
        "a < 1 -> a <= 1",
    ]


def _of_text(text: str, path: Path, folder: Path) -> list[Mutant]:
    """The mutants of a text, as if it were a file of the gate."""
    beside = folder / path.name
    beside.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[__name__], "SOURCE", folder)
        return list(mutants_of(beside))
