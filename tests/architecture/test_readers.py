"""What comes from outside has one way in: core/reading.py, core/jsons.py and core/tomls.py, with their limits."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "studio_app"

PARSERS = {"json.load", "json.loads", "tomllib.load", "tomllib.loads", "model_validate_json"}
READERS = {"read_bytes", "read_text"}
FREE = {
    "core/reading.py", "core/jsons.py", "core/tomls.py",
    "core/hardware.py", "engine/device.py", "session/latency.py", "session/courtesy.py",  # /proc
    "ui/icons.py", "ui/theme.py",  # the program's own pictures and style
    "export/transaction.py", "commands/bench_export.py",  # files that they have just written
    "export/settings.py", "export/provenance/signing.py",  # JSON that this program has just made
    "export/ledger.py", "export/targets/unity_meta.py", "export/provenance/automatic1111.py",  # one quoted word
}  # fmt: skip
ROOMS_OF_THEIR_OWN = ("training/",)
"""They read what they wrote themselves, in folders that nobody else writes to."""


def found(source: str) -> list[str]:
    """Parsing, or reading a whole file, by other means."""
    hits: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called = ast.unparse(node.func)
        if called in PARSERS or node.func.attr in (READERS | PARSERS):
            hits.append(f"{node.lineno}: {called}")
    return hits


def test_one_place_reads_files_json_and_toml():
    hits: list[str] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE).as_posix()
        if inside not in FREE and not inside.startswith(ROOMS_OF_THEIR_OWN):
            hits += [f"{inside}:{hit}" for hit in found(path.read_text(encoding="utf-8"))]
    assert hits == []


@pytest.mark.parametrize(
    "source", ["json.loads(text)", "path.read_bytes()", "Path(x).read_text()", "tomllib.load(file)"]
)
def test_the_rule_sees_what_it_is_for(source: str):
    assert len(found(source)) == 1
    assert found("read_bytes(path); read_object(path); parse_json(text, 'x')") == []
