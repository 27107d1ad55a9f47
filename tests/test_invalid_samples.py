"""`samples/invalid/`: what each file is told, word for word, and that no code is without one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from wflow.graph.checks import check
from wflow.importing.codes import IMPORT_CODES
from wflow.loading import Loaded, load, load_text
from wflow.loading.refusal import MAX_BYTES
from wflow.loading.report import text_report
from wflow.model.codes import CODES, PATCH_CODES

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "samples" / "invalid"
GOLDEN = sorted(FOLDER.glob("*.txt"))

#: Files that are made here, since no repository should carry them: 64 MiB.
MADE = {"too-large": b"name: sample\n".ljust(MAX_BYTES + 1)}


def sample_of(golden: Path) -> Path:
    """The file that a golden text is about."""
    return next(
        (path for path in FOLDER.glob(f"{golden.stem}.*") if path.suffix != ".txt"), golden.with_suffix(".yaml")
    )


def loaded(path: Path) -> Loaded:
    """What is found in a sample; the name is as seen from the root of the repository."""
    if path.stem in MADE:
        return load_text(MADE[path.stem], name=str(path), base=path.parent, check=check)
    return load(path, check=check)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_each_sample_is_told_word_for_word(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    sample = sample_of(golden).relative_to(ROOT)
    assert text_report([(str(sample), loaded(sample))]) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_each_sample_shows_the_code_it_is_named_for(golden: Path) -> None:
    codes = [code for code in CODES if golden.stem == code or golden.stem.startswith(f"{code}-")]
    assert codes, f"{golden.stem} is no code"
    assert f"[{max(codes, key=len)}]" in golden.read_text(encoding="utf-8")


def test_every_code_has_its_pair() -> None:
    assert CODES.keys() <= {path.stem for path in GOLDEN}


def test_every_sample_has_its_golden_text() -> None:
    samples = {path.stem for path in FOLDER.iterdir() if path.suffix in {".yaml", ".json"}}
    assert samples | MADE.keys() == {path.stem for path in GOLDEN}


def codes_written() -> Iterator[tuple[str, str]]:
    """Every code that the sources put into a problem, with the module."""
    named = {"Diagnostic": None, "Finding": 0, "Refused": 0, "_Problem": 0, "Problem": None}
    for package in ("loading", "graph", "expr", "runner"):
        for path in sorted((ROOT / "wflow" / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = ast.unparse(node.func).split(".")[-1]
                found = [one.value for one in node.keywords if one.arg == "code"]
                place = named.get(name)
                if place is not None and len(node.args) > place:
                    found.append(node.args[place])
                if name == "_note":
                    found += node.args[1:2]
                for value in found:
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        yield value.value, str(path.relative_to(ROOT))


def test_every_code_in_the_sources_is_in_the_table_and_none_is_only_there() -> None:
    written = dict(codes_written())
    table = {**CODES, **PATCH_CODES}
    assert {code: path for code, path in written.items() if code not in {**table, **IMPORT_CODES}} == {}
    assert table.keys() - written.keys() == set()


def test_the_documentation_has_every_code_with_its_meaning() -> None:
    text = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (.+?) \|$", text, re.MULTILINE)
    table = {**CODES, **PATCH_CODES}
    assert dict(rows) == table
    assert [code for code, _ in rows] == list(table)
