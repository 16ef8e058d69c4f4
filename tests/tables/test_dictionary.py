"""The dictionary for people and the data package for programs: both written from the contracts."""

from __future__ import annotations

import json

import pytest

from analysis.tables import NAMES, table
from analysis.tables.datapackage import as_text, datapackage
from analysis.tables.dictionary import dictionary, rules
from shared import REPOSITORY


def columns_of(name: str) -> list[str]:
    return list(table(name).model.to_schema().columns)


def test_the_data_dictionary_in_the_repository_is_what_the_contracts_say() -> None:
    assert (REPOSITORY / "data" / "README.md").read_text(encoding="utf-8") == dictionary()


def test_the_data_package_in_the_repository_is_what_the_contracts_say() -> None:
    assert (REPOSITORY / "data" / "datapackage.json").read_text(encoding="utf-8") == as_text()


def test_the_data_package_has_one_resource_a_table_with_its_columns_and_key() -> None:
    resources = {r["name"]: r["schema"] for r in datapackage()["resources"]}
    assert tuple(resources) == NAMES
    for name, schema in resources.items():
        assert [f["name"] for f in schema["fields"]] == columns_of(name)
        keys = [schema["primaryKey"]] if "primaryKey" in schema else schema["uniqueKeys"]
        assert keys == [list(table(name).key)]


def test_constraints_of_the_data_package_are_those_of_the_contract() -> None:
    (schema,) = [r["schema"] for r in datapackage()["resources"] if r["name"] == "deviations"]
    fields = {f["name"]: f for f in schema["fields"]}
    assert fields["deviation_id"]["constraints"] == {"required": True, "unique": True}
    assert fields["severity"]["constraints"] == {"minimum": 1, "maximum": 4}
    assert fields["kind"]["constraints"] == {"enum": ["patient_safety", "other"]}
    assert (fields["occurred_date"]["type"], fields["severity"]["type"]) == ("datetime", "integer")


def test_the_data_package_is_json_that_reads_back() -> None:
    assert json.loads(as_text()) == datapackage()


@pytest.mark.parametrize("name", NAMES)
def test_both_tell_the_rules_and_what_is_odd(name: str) -> None:
    (resource,) = [r for r in datapackage()["resources"] if r["name"] == name]
    assert [(r["reason"], r["description"], r["effect"]) for r in resource["rules"]] == rules(table(name))
    section = dictionary().split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert all(f"`{reason}`: {text}." in section for reason, text, _ in rules(table(name)))
    assert all(f"| `{column}` |" in section for column in columns_of(name))


def test_a_rule_keeps_a_row_out_and_what_is_odd_is_only_said() -> None:
    found = {(reason, effect) for reason, _, effect in rules(table("deviations"))}
    assert found == {("order", "quarantine"), ("out_of_range", "quarantine"), ("same_party", "said")}
