"""docs/presets.md: every example is read by the real parsers, and the table of frames is the one that the library has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aop_lib.params.company import Source
from aop_lib.sources.csv_source import header
from aop_lib.sources.exports import KINDS, Export, kind_of
from aop_lib.sources.expressions import condition_of, expression_of
from aop_lib.sources.kinds import declared_faults
from aop_lib.sources.presets import FOLDER, LAYOUTS, mapping
from aop_lib.yamlfile import read_yaml

PAGE = (Path(__file__).parent.parent / "docs" / "presets.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def example(tmp_path: Path, text: str):
    (tmp_path / "own.yml").write_text(text)
    document = read_yaml(tmp_path / "own.yml", "own.yml")
    assert document.faults == []
    return document.value


def test_every_example_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("AOP_WAREHOUSE_URL", "postgresql://a")
    kinds = []
    for text in EXAMPLES:
        value = example(tmp_path, text)
        kinds.append(min(value))
        if "tables" in value:
            found = mapping(Source(name="own", preset="own.yml", where="."), tmp_path)
            assert found.document.faults == []
        elif "sources" in value:
            sources = [Source.model_validate(each) for each in value["sources"]]
            assert {kind_of(source) for source in sources} == {*KINDS.values(), "sql"}
            assert [fault for source in sources for fault in declared_faults(source, tmp_path)] == []
            assert {source.preset for source in sources} <= {file.stem for file in FOLDER.glob("*.yml")} | {"own.yml"}
        else:
            assert {type(expression_of(each)).__name__ for each in value["columns"].values()} == {"Reference", "Constant", "Operation"}
            assert all(condition_of(each) for each in value["where"])
    assert len(kinds) == len(EXAMPLES) == 5


def test_the_presets_that_come_with_the_library_are_all_named():
    named = set(re.findall(r"`([a-z_]+)`", PAGE.partition("##")[0]))
    assert {file.stem for file in FOLDER.glob("*.yml") if not file.stem.startswith("canonical")} == named - {"where"}


def test_the_table_of_frames_is_the_one_of_the_library():
    table = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.partition("## The canonical frames")[2], re.MULTILINE))
    assert table == {name: ", ".join(f"**{column}**" if spec.required else column for column, spec in layout.items()) for name, layout in LAYOUTS.items()}


@pytest.mark.parametrize(
    ("kind", "where", "file"), [("csv", ".", "ledger.csv"), ("parquet", ".", "ledger"), ("excel", ".", "ledger.xlsx"), ("duckdb", "m.duckdb", "m.duckdb")]
)
def test_one_name_of_a_table_leads_to_the_file_of_each_kind(tmp_path, kind, where, file):
    export = Export(Source(name="own", preset="own.yml", where=where, kind=kind), tmp_path, "ledger.csv")
    assert (export.file.name, export.stem) == (file, "ledger")


@pytest.mark.parametrize(("sign", "separator"), [("semicolon", ";"), ("tab", "\t"), ("^", "^")])
def test_a_separator_is_a_word_or_a_sign(tmp_path, sign, separator):
    source = Source.model_validate({"name": "own", "preset": "own.yml", "where": ".", "separator": sign})
    assert header(f"a{separator}b\n".encode(), Export(source, tmp_path, "a.csv")) == ["a", "b"]
