"""The plan's jobs: for whom, in which languages, with which inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.area import read_area
from analysis.errors import SettingsError, UsageError
from analysis.report import plan
from analysis.report.plan import Selection, jobs
from homes import goteborg


def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(plan, "PLAN", path)


def row(**values: str) -> str:
    return "[[reports]]\n" + "".join(f'{k} = "{v}"\n' for k, v in values.items())


def test_all_is_the_area_and_each_member_in_each_language() -> None:
    planned = jobs(goteborg(), Selection())
    units = [goteborg().top.id, *(u.id for u in goteborg().members)]
    assert {j.unit for j in planned} == set(units)
    notebooks = {j.notebook for j in planned}
    assert notebooks == {p.stem for p in plan.NOTEBOOKS.glob("[0-9]*.ipynb")}
    of_units = [j for j in planned if not j.party]
    assert len(of_units) == 2 * ((len(notebooks) - 1) * len(units) + 1)  # the roll-out is of the area only
    assert len(planned) == len({j.file for j in planned})


def test_parties_have_pages_of_the_whole_area_in_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = row(area="goteborg", notebook="02-deviations", units="area") + "parties = true\n"
    written(tmp_path, monkeypatch, text)
    area = goteborg()
    swedish = jobs(area, Selection(languages=("sv",)))
    assert [j.party for j in swedish] == ["", *(p.id for p in area.parties)]
    assert {j.unit for j in swedish} == {area.top.id}
    assert swedish[1].file == "party-slutenvard/02-deviations.sv.html"
    assert jobs(area, Selection(parties=("slutenvard",), languages=("sv",))) == [swedish[1]]
    assert jobs(area, Selection(units=(area.top.id,), languages=("sv",))) == [swedish[0]]
    with pytest.raises(UsageError, match="no party “x”"):
        jobs(area, Selection(parties=("x",)))


def test_parties_is_true_or_false(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = row(area="goteborg", notebook="02-deviations", units="area", parties="yes")
    written(tmp_path, monkeypatch, text)
    with pytest.raises(SettingsError, match="neither true nor false"):
        jobs(goteborg(), Selection())


def test_area_is_the_area_only() -> None:
    assert {j.unit for j in jobs(read_area("england"), Selection())} == {"england"}


def test_every_question_is_asked_by_a_notebook_of_the_plan() -> None:
    for area in (goteborg(), read_area("england")):
        asked = {q["notebook"] for q in area.questions}
        assert asked <= {j.notebook for j in jobs(area, Selection())}


def test_a_selection_narrows_by_all_that_it_names() -> None:
    selection = Selection(("02-deviations",), ("harryda", "molndal"), ("en",))
    files = [j.file for j in jobs(goteborg(), selection)]
    assert files == ["harryda/02-deviations.en.html", "molndal/02-deviations.en.html"]


@pytest.mark.parametrize(
    "selection",
    [Selection(("99-nothing",)), Selection((), ("stockholm",)), Selection((), (), ("fi",))],
    ids=["report", "unit", "language"],
)
def test_what_the_plan_does_not_have_is_refused_with_the_choices(selection: Selection) -> None:
    with pytest.raises(UsageError, match="Use one of: ") as caught:
        jobs(goteborg(), selection)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[reports", "cannot be read"),
        ("", "no report for"),
        (row(area="england", notebook="02-deviations", units="all"), "no report for"),
        (row(area="goteborg", units="all"), "no notebook"),
        (row(area="goteborg", notebook="99-nothing", units="all"), "no notebook “99-nothing”"),
        (row(area="goteborg", notebook="02-deviations", units="al"), "“al” is not a choice"),
        (row(area="goteborg", notebook="02-deviations"), "“” is not a choice"),
    ],
)
def test_a_bad_plan_is_said_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    written(tmp_path, monkeypatch, text)
    with pytest.raises(SettingsError, match=said) as caught:
        jobs(goteborg(), Selection())
    assert "plan.toml" in str(caught.value)


def test_a_missing_plan_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "PLAN", tmp_path / "plan.toml")
    with pytest.raises(SettingsError, match=r"plan\.toml"):
        jobs(goteborg(), Selection())


@pytest.mark.parametrize("inputs", ['"deviations"', "[1]", '["../x"]', "true"])
def test_inputs_are_names_of_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: str) -> None:
    written(
        tmp_path,
        monkeypatch,
        row(area="goteborg", notebook="02-deviations", units="area") + f"inputs = {inputs}\n",
    )
    with pytest.raises(SettingsError, match="no list of tables"):
        jobs(goteborg(), Selection())


@pytest.mark.parametrize("formats", ['"pdf"', '["html"]', '["PDF"]', "[1]", "true"])
def test_formats_are_some_of_those_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, formats: str
) -> None:
    text = row(area="goteborg", notebook="02-deviations", units="area") + f"formats = {formats}\n"
    written(tmp_path, monkeypatch, text)
    with pytest.raises(SettingsError, match="no list of formats") as caught:
        jobs(goteborg(), Selection())
    assert "csv, xlsx, pdf, pptx, figures" in str(caught.value)


def test_a_row_names_its_formats_and_else_has_those_of_the_plan_or_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = row(area="goteborg", notebook="02-deviations", units="area")
    second = row(area="goteborg", notebook="04-sip", units="area") + 'formats = ["figures", "pdf"]\n'
    written(tmp_path, monkeypatch, first + second)
    assert [job.formats for job in jobs(goteborg(), Selection(languages=["sv"]))] == [
        ("csv", "xlsx"), ("pdf", "figures"),
    ]  # fmt: skip
    written(tmp_path, monkeypatch, f'formats = ["pptx", "csv"]\n{first}{second}')
    assert [job.formats for job in jobs(goteborg(), Selection(languages=["sv"]))] == [
        ("csv", "pptx"), ("pdf", "figures"),
    ]  # fmt: skip


def test_every_report_of_the_plan_declares_its_inputs_but_the_one_on_all_data() -> None:
    every = {job.notebook for job in jobs(goteborg(), Selection()) if not job.inputs}
    assert every == {"01-data-quality"}
