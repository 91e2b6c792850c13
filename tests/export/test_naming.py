"""Names of prompts: whatever somebody typed, the file stays in its folder and every system takes its name."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio_app.core.errors import StudioError
from studio_app.export.ledger import verify
from studio_app.export.naming import (
    check_template,
    file_name,
    folder_in,
    same_name,
    stem_of,
)
from studio_app.export.pieces import Asset
from studio_app.export.placing import Place
from studio_app.export.plan import make_plan
from studio_app.export.targets.target import Project
from studio_app.export.transaction import carry_out

Open = Callable[[str], Project]

HOSTILE = [
    "../../etc/passwd", "..\\..\\windows", "/abs", "C:\\boot.ini", "C:", "\\\\server\\share", "~root", "a/../../b",
    "con", "CON", "nul.txt", "com1", "LPT9", "com¹", "aux ", "prn.", "conin$", ".", "..", "...", "", " ", "\0",
    "a\0b", "a\nb", "name.", "name ", ".hidden", "trailing~", "x" * 300, "é" * 300, "界" * 300, "🧪🧪🧪",
    "potion 🧪 red", "\u202egnp.exe", "קסם אדום", "جرعة حمراء", "a\u200bb", "\ufeffbom", "?*<>|\":", "file:///etc",
    "%2e%2e%2f", "${HOME}", "$(rm -rf)", "; rm -rf /", "a" * 59 + "🧪", "Ａ／Ｂ", "．．／x", "\ud800", "a\u0301" * 200,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("style", ["snake", "pascal"])
def test_a_file_of_any_words_is_written_in_its_folder(tmp_path: Path, text: str, style: str):
    folder = tmp_path / "target"
    folder.mkdir()
    stem = stem_of(text, style)  # pyright: ignore[reportArgumentType]
    for template in ("{name}{version}{role}", "T_{name}{version}{role}"):
        path = folder / file_name(template, stem, "_normal", 12, ".png")
        path.write_bytes(b"x")
        assert path.resolve().parent == folder.resolve()
    assert os.listdir(tmp_path) == ["target"]


@pytest.mark.parametrize("kind", ["godot", "unity", "unreal", "folder"])
def test_no_prompt_leads_an_export_out_of_its_folder(project: Open, sprite: Asset, kind: str):
    """All of an export: pictures, what the engine wants beside them, and the ledger."""
    opened = project(kind)
    around = sorted(opened.root.parent.iterdir())
    folder = PurePosixPath(opened.target.folders["sprite"])
    for number, text in enumerate(HOSTILE):
        plan = make_plan(replace(sprite, name=text), opened, Place(collision="version"))
        assert plan.changes, text
        for change in plan.changes:
            path = change.path
            above = path.suffix == ".meta" and folder.is_relative_to(path.with_suffix(""))
            known = path.parent == folder or above or path.parts[0] == ".underpaint"
            assert known, (text, path)
            assert all(len(part.encode()) < 200 for part in path.parts), text
        if number % 5 == 0:
            carry_out(plan)
    assert sorted(opened.root.parent.iterdir()) == around
    assert verify(opened.root).problems == ()


@pytest.mark.parametrize(
    "text", ["../out", "..", "a/../../out", "/out", "C:\\out", "~", "\\\\server\\out", "a/con"]
)
def test_a_folder_or_a_preset_from_elsewhere_leads_nowhere_else(
    project: Open, sprite: Asset, text: str
):
    opened = project("folder")
    with pytest.raises(StudioError):
        make_plan(sprite, opened, Place(folder=text))
    with pytest.raises(StudioError):
        make_plan(sprite, opened, Place(template=text + "{name}{version}{role}"))


@given(st.text(max_size=400))
def test_no_text_makes_a_name_that_some_system_refuses(text: str):
    for name in (stem_of(text), stem_of(text, "pascal")):
        assert 1 <= len(name) <= 67 and len(name.encode()) <= 130
        assert not set(name) & set('/\\<>:"|?*.~ ')
        assert all(unicodedata.category(sign)[0] in "LMN" or sign == "_" for sign in name)
        assert name.casefold() not in {"con", "nul", "aux", "prn", "com1", "lpt1"}


@pytest.mark.parametrize(
    "word", ["con", "CON", "nul.", "aux ", "COM1", "lpt9", "com¹", "conin$", "prn\u200b"]
)
@pytest.mark.parametrize("style", ["snake", "pascal"])
def test_no_file_is_called_as_a_device_of_windows_is(word: str, style: str):
    devices = {"con", "prn", "aux", "nul", "conin$", "conout$"}
    devices |= {f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"}
    stem = stem_of(word, style)  # pyright: ignore[reportArgumentType]
    assert stem.casefold() not in devices
    for device in devices:  # nor by a template that leaves nothing else of a name
        name = file_name("{name}{version}{role}", device.upper(), "", 1, ".png")
        assert name.split(".")[0].casefold() not in devices


def test_names_follow_the_custom_of_an_engine():
    assert stem_of("A red glass-potion, on grass!") == "a_red_glass_potion_on_grass"
    assert stem_of("A red glass-potion", "pascal") == "ARedGlassPotion"
    assert stem_of("RedPotion") == "red_potion"
    assert stem_of("the dragon's egg") == "the_dragons_egg"
    assert stem_of("🧪") == "asset"


def test_a_long_prompt_keeps_whole_words():
    name = stem_of(" ".join(["adventurous"] * 30))
    assert set(name.split("_")) == {"adventurous"} and 40 <= len(name) <= 60


def test_versions_and_roles_are_parts_of_the_name():
    assert file_name("T_{name}{version}{role}", "Brick", "_N", 1, ".png") == "T_Brick_N.png"
    assert file_name("T_{name}{version}{role}", "Brick", "_N", 3, ".png") == "T_Brick_v3_N.png"
    assert file_name("{name}{version}{role}", "con", "", 1, ".png") == "con_asset.png"


@pytest.mark.parametrize(
    "template",
    ["", "{name}", "{name}{role}", "{version}{role}", "../{name}{version}{role}", "{name}{version}{role}{x}", "{",
     "{name!r}{version}{role}", "{name.__class__}{version}{role}", "{name:>400}{version}{role}",
     "{name}{name}{version}{role}"],
)  # fmt: skip
def test_a_template_that_makes_no_names_is_refused(template: str):
    with pytest.raises(StudioError, match="template"):
        check_template(template)


def test_two_names_that_some_disk_takes_for_one_are_one():
    assert same_name("É.png") == same_name("e\u0301.PNG")
    assert same_name("straße") == same_name("STRASSE")


@pytest.mark.parametrize(
    "folder",
    ["..", "../x", "a/../../x", "/tmp", "\\x", "~/x", "C:/x", "a/con/b", "a/.git", "a./b", "a /b", "x\0",
     "a:b", "\u202ea"],
)  # fmt: skip
def test_a_folder_outside_the_project_is_refused(tmp_path: Path, folder: str):
    with pytest.raises(StudioError):
        folder_in(tmp_path, folder)


def test_a_folder_may_be_written_either_way(tmp_path: Path):
    assert folder_in(tmp_path, " art\\sprites/./big ") == PurePosixPath("art/sprites/big")
    assert folder_in(tmp_path, "") == PurePosixPath()


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "project/art").symlink_to(tmp_path / "outside")
    with pytest.raises(StudioError, match="leads out"):
        folder_in(tmp_path / "project", "art/sprites")
