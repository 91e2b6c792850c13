"""The house rules that can be read off the source, without running it."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "studio_app"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 400

PICKLING_MODULES = {
    "pickle",
    "_pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
}
UNSAFE_CALLS = {
    "eval",
    "exec",
    "extractall",
    "unpack_archive",
    "yaml.load",
    "np.load",
    "numpy.load",
}
NETWORK_MODULES = {
    "aiohttp", "ftplib", "http", "httpx", "httpx2", "huggingface_hub", "requests", "socket", "socketserver",
    "urllib.request", "urllib3", "xmlrpc",
}  # fmt: skip
WRITERS = {
    "write_bytes", "write_text", "torch.save", "np.save", "np.savez", "np.savez_compressed", "np.savetxt",
    "copyfile", "copy2", "copytree",
}  # fmt: skip
WRITES_ATOMICALLY = {"replace_atomic", "write_bytes_atomic", "write_text_atomic"}


def name(node: ast.expr) -> str:
    """`a.b.c` of a dotted expression; of `f().c` it is "?.c"."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{name(node.value)}.{node.attr}"
    return "?"


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', '?')}"


@functools.cache
def trees() -> list[tuple[Path, ast.Module]]:
    """Of all our modules, read once for all the rules."""
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES]


@functools.cache
def nodes(tree: ast.AST) -> list[ast.AST]:
    return list(ast.walk(tree))


def imported(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            yield node, name(node.func)


def unsafe(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Whatever would run code that came with data."""
    for node, module in imported(tree):
        if module in PICKLING_MODULES or module in ("torch.load", "numpy.load"):
            yield node, module
    for node, called in calls(tree):
        if called in UNSAFE_CALLS or called.split(".")[-1] in ("extractall", "unpack_archive"):
            yield node, called
        if called in ("torch.load", "torch.jit.load") or called.endswith("read_pickle"):
            yield node, called
        for keyword in node.keywords:
            allowed = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            if keyword.arg in ("trust_remote_code", "allow_pickle") and not allowed:
                yield node, keyword.arg


def writes(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Writing to a file by other means than core/files.py, or than into a file it gave."""
    inside: set[ast.AST] = set()
    for node in nodes(tree):
        if isinstance(node, ast.With):
            managers = [item.context_expr for item in node.items]
            if any(
                isinstance(m, ast.Call) and name(m.func).split(".")[-1] in WRITES_ATOMICALLY
                for m in managers
            ):
                inside.update(ast.walk(node))
    for node, called in calls(tree):
        if node in inside:
            continue
        last = called.split(".")[-1]
        if called in WRITERS or last in WRITERS:
            yield node, called
        if last == "open":
            modes = [*node.args, *(k.value for k in node.keywords if k.arg == "mode")]
            words = [m.value for m in modes if isinstance(m, ast.Constant)]
            if any(isinstance(w, str) and 0 < len(w) <= 3 and set(w) & set("wax+") for w in words):
                yield node, f"{called}({words})"


def test_no_code_comes_with_data():
    found = [f"{place(p, n)} {what}" for p, tree in trees() for n, what in unsafe(tree)]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from torch import load",
        "torch.load(path)",
        "eval('1')",
        "zipfile.ZipFile(p).extractall()",
        "AutoModel.from_pretrained(p, trust_remote_code=True)",
        "AutoModel.from_pretrained(p, trust_remote_code=trusted)",
        "np.load(p)",
    ],
)
def test_the_rule_against_code_in_data_bites(source: str):
    assert list(unsafe(ast.parse(source)))


def test_the_rule_against_code_in_data_lets_the_rest_through():
    fine = "model.eval(); load(p).eval(); load_file(p); f(trust_remote_code=False); import json"
    assert list(unsafe(ast.parse(fine))) == []


def test_one_place_writes_files():
    ours = PACKAGE / "core" / "files.py"
    found = [f"{place(p, n)} {w}" for p, tree in trees() if p != ours for n, w in writes(tree)]
    assert found == [], "write through studio_app.core.files"


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("open(p, 'w')", 1),
        ("p.open('ab')", 1),
        ("p.write_text(t)", 1),
        ("np.savez(p, a)", 1),
        ("open(p)\np.open('rb')\nopen(p, encoding='utf-8')\nImage.open('waxed.png')", 0),
        ("with replace_atomic(p) as t:\n    t.write_text('a')", 0),
        ("write_text_atomic(p, t)", 0),
    ],
)
def test_the_rule_about_writing_bites(source: str, count: int):
    assert len(list(writes(ast.parse(source)))) == count


def test_nothing_imports_a_way_to_the_network():
    found = [
        f"{place(p, n)} {module}"
        for p, tree in trees()
        for n, module in imported(tree)
        if module in NETWORK_MODULES or module.split(".")[0] in NETWORK_MODULES
    ]
    assert found == []


def test_models_are_never_asked_for_by_their_hub_name():
    """`from_pretrained("owner/name")` would download; a folder does not."""
    found = [
        place(path, node)
        for path, tree in trees()
        for node, called in calls(tree)
        if called.split(".")[-1] in ("from_pretrained", "snapshot_download", "hf_hub_download")
        for argument in node.args[:1]
        if isinstance(argument, ast.Constant)
    ]
    assert found == []


def test_every_room_has_its_chapter():
    """An `__init__.py` is a docstring that says what lives here, and no code (the version aside)."""
    rooms = {path.parent for path in SOURCES}
    for room in sorted(rooms):
        chapter = room / "__init__.py"
        assert chapter.is_file(), f"{room.relative_to(ROOT)} has no __init__.py"
        tree = ast.parse(chapter.read_text(encoding="utf-8"))
        said = ast.get_docstring(tree)
        assert said and len(said) > 100, f"{chapter.relative_to(ROOT)} has no chapter docstring"
        code = [n for n in tree.body[1:] if not (isinstance(n, ast.Assign) and room == PACKAGE)]
        assert code == [], f"{chapter.relative_to(ROOT)} holds code"


def test_every_module_says_what_it_is():
    silent = [p.relative_to(ROOT) for p, tree in trees() if not ast.get_docstring(tree)]
    assert silent == []


def test_what_a_subclass_owes_is_abstract():
    """A base that can be made, and then says NotImplementedError, is found by who uses it; an abstract one at once."""
    found = [
        place(path, node)
        for path, tree in trees()
        for node in nodes(tree)
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node)
    ]
    assert found == []


def test_no_module_is_two():
    """A file that outgrows the limit holds two subjects: part them."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))]
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_five_threads_beside_the_window_s():
    """The engine's, the journal's, the saver's, the flusher's and the reader's; closing waits for the first three."""
    everything = [node for _, tree in trees() for node in nodes(tree)]
    kinds = {
        node.name
        for node in everything
        if isinstance(node, ast.ClassDef) and "QThread" in [name(base) for base in node.bases]
    }
    assert kinds == {"EngineWorker", "IoWorker"}
    made: dict[str, list[Any]] = {kind: [] for kind in kinds}
    for node in everything:
        if isinstance(node, ast.Call) and name(node.func) in kinds:
            words = [item.value for item in node.args if isinstance(item, ast.Constant)]
            made[name(node.func)].append(words)
    assert made == {
        "EngineWorker": [[]],
        "IoWorker": [
            ["underpaint-journal"],
            ["underpaint-flusher"],
            ["underpaint-saver"],
            ["underpaint-reader"],
        ],
    }


def test_only_the_list_of_cards_knows_a_family():
    """How a kind of model is laid out is known in its own two modules: neither elsewhere, nor by another kind."""
    room = "studio_app.engine.families."
    found = [
        place(path, node)
        for path, tree in trees()
        if path.name != "model_card.py"
        for node, module in imported(tree)
        if module.startswith(room)
        and not module.startswith((f"{room}registry", f"{room}model_card"))
        if path.stem.split("_")[0] != module.removeprefix(room).split(".")[0].split("_")[0]
    ]
    assert found == []


def test_there_is_no_package_where_there_must_be_none():
    """packaging/__init__.py would shadow the package `packaging` that diffusers imports."""
    folders = [ROOT / name for name in ("packaging", "models", "resources", "tests")]
    found = [p.relative_to(ROOT) for folder in folders for p in folder.rglob("__init__.py")]
    assert found == []


def test_no_test_lives_off_the_file_of_another():
    """What two of them need lies beside them, in a conftest.py or a module that is called after what it is for."""
    borrowed = re.compile(r"^ *(?:from|import) tests\.(?:\w+\.)*test_\w+", re.MULTILINE)
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*.py")
        if borrowed.search(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_data_folders_hold_no_code():
    found = [p for name in ("models", "resources") for p in (ROOT / name).rglob("*.py")]
    assert found == []


def test_the_top_level_is_the_one_agreed_on():
    """Visible folders under version control; build outputs may lie about."""
    agreed = {"studio_app", "resources", "models", "tests", "packaging"}
    made = {"build", "dist", "out", "data", "runs"}
    folders = {p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith((".", "_"))}
    assert folders - made == agreed


def test_sources_parse_without_a_warning():
    """A bad escape in a string is a warning that only the first compilation shows."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in SOURCES:
            compile(path.read_text(encoding="utf-8"), str(path), "exec")


KINDS = "studio_app.document.contents."
SHARED = {"composed", "content", "registry", "sheets"}
KNOW_A_KIND = {
    "ui/canvas/pose_tool.py", "ui/canvas/exchange.py", "ui/canvas/canvas_panel.py",  # dragging people
    "ui/canvas/layer_actions.py",  # what lies around depth; painting over a picture
    "export/frame_asks.py",  # a sheet of poses
    "document/depths.py", "ui/canvas/depth_actions.py", "ui/canvas/depth_dialogs.py",  # levels and smoothing of depth
    "document/all_depth.py",  # what is seen of depth, for lines and normals of it
    "ui/canvas/drop_dialog.py",  # what the numbers of a depth mean
    "session/guide_desk.py",  # normals of depth, line art of a picture
    "session/depth_desk.py",  # what depth a model sees in colours
    "document/edits.py",  # the mask on any node or group is drawn on as a mask is
    "ui/canvas/scene_in_hand.py", "ui/canvas/scene_marks.py",  # working in space
    "farm/options.py",  # what a file's depth says, without a document
}  # fmt: skip
"""Each has a tool of one kind, or speaks of it to people. Whoever treats layers alike is not among them."""


def test_nobody_asks_which_kind_a_layer_is():
    """A new kind of content is one module in `document/contents/`, one in `ui/faces/`, and their tables."""
    found: set[str] = set()
    for path in SOURCES:
        inside = path.relative_to(PACKAGE).as_posix()
        if inside.startswith(("document/contents/", "ui/faces/")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if named.startswith(KINDS) and named.removeprefix(KINDS) not in SHARED:
                found.add(inside)
            if named == KINDS.rstrip(".") and isinstance(node, ast.ImportFrom):
                found |= {inside for item in node.names if item.name not in SHARED}
    assert found == KNOW_A_KIND
