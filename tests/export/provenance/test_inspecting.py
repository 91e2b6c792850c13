"""What can be found out of a file: marks, recipes, signatures, the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio_app.cli import main
from studio_app.core.errors import StudioError
from studio_app.document.png import png_bytes
from studio_app.export.ledger import verify
from studio_app.export.origin import Origin
from studio_app.export.pictures import Encoding, encode, picture_asset
from studio_app.export.plan import make_plan
from studio_app.export.provenance.containers import look
from studio_app.export.provenance.inspecting import figures_of, inspect_file, lines_of
from studio_app.export.provenance.marks import metadata_of
from studio_app.export.provenance.signing import Signer, check, read_signer, sign
from studio_app.export.targets.target import Project
from studio_app.export.transaction import carry_out
from tests.signers import made_signer

PIXELS = np.full((16, 16, 3), 120, np.uint8)
Open = Callable[[str], Project]


def said(path: Path) -> dict[str, str]:
    return {name: text for name, text in lines_of(inspect_file(path)) if name}


def test_a_picture_in_a_project_is_known_by_its_ledger(project: Open, origin: Origin):
    opened = project("godot")
    asset = picture_asset("potion", PIXELS, metadata=metadata_of(origin))
    (path,) = [
        p for p in carry_out(make_plan(asset, opened, origin=origin)).written if p.suffix == ".png"
    ]
    known = inspect_file(path)
    assert known.made_by_a_model is True and known.exact
    assert known.recipe is not None and known.recipe.request == origin.request
    assert "line 1" in said(path)["ledger"] and "underpaint-256" in said(path)["ledger"]
    # Another program saves it without all that: the ledger still knows the place.
    path.write_bytes(png_bytes(PIXELS))
    known = inspect_file(path)
    assert known.made_by_a_model is None and known.entry is not None and not known.exact
    assert "changed since" in said(path)["ledger"]
    assert figures_of(known)["ledger"] == {
        "project": str(opened.root),
        "line": 1,
        "unchanged": False,
    }


def test_a_format_without_marks_is_known_by_its_bytes(project: Open, origin: Origin):
    opened = project("unreal")
    asset = picture_asset("potion", PIXELS, Encoding("tga"))
    plan = make_plan(asset, opened, origin=origin)
    assert any("no mark" in note for note in plan.notes)
    (path,) = [p for p in carry_out(plan).written if p.suffix == ".tga"]
    moved = path.with_name("elsewhere.tga")
    path.rename(moved)
    known = inspect_file(moved)
    assert known.exact and known.source_type == "compositeWithTrainedAlgorithmicMedia"


def test_a_stranger_is_a_stranger(tmp_path: Path):
    path = tmp_path / "x.png"
    path.write_bytes(png_bytes(PIXELS))
    found = said(path)
    assert (found["made"], found["recipe"], found["C2PA"]) == (
        "nothing in it says",
        "none",
        "no manifest",
    )
    assert found["ledger"] == "it lies in no project"
    path.write_bytes(png_bytes(PIXELS, {"underpaint": "{broken"}))
    assert "not valid JSON" in said(path)["recipe"]
    with pytest.raises(StudioError, match="No file"):
        inspect_file(tmp_path / "none.png")


@pytest.fixture(scope="module")
def signer() -> Signer:
    pytest.importorskip("c2pa", reason="underpaint[c2pa] is not installed")
    return made_signer()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_signature_is_read_back(signer: Signer, origin: Origin, tmp_path: Path, kind: str):
    how = Encoding(kind)  # pyright: ignore[reportArgumentType]
    plain = encode(PIXELS, how, metadata_of(origin, how.extension))
    data = sign(plain, how.extension, origin, signer)
    found = look(data, "x")
    assert found.c2pa and not look(plain, "x").c2pa
    assert found.xmp is not None and found.xmp.source_type == "compositeWithTrainedAlgorithmicMedia"
    manifest = check(data, how.extension)
    assert manifest is not None and manifest.state == "Valid" and manifest.untrusted
    assert manifest.source_type == "compositeWithTrainedAlgorithmicMedia"
    path = tmp_path / f"x{how.extension}"
    path.write_bytes(data)
    assert said(path)["C2PA"].startswith("valid, signed by somebody this machine does not know")
    # One byte of the picture changed afterwards.
    broken = bytearray(data)
    broken[-30] ^= 1
    assert (spoilt := check(bytes(broken), how.extension)) is None or spoilt.state == "Invalid"


def test_a_key_that_is_not_the_certificates_is_said(signer: Signer, origin: Origin, tmp_path: Path):
    with pytest.raises(StudioError, match="can't be signed"):
        sign(png_bytes(PIXELS), ".png", origin, replace(signer, algorithm="ps512"))
    with pytest.raises(StudioError, match="can't be signed"):
        sign(b"", ".tga", origin, signer)
    (tmp_path / "a.pem").write_bytes(signer.certificate)
    (tmp_path / "b.pem").write_bytes(b"no key")
    with pytest.raises(StudioError, match="no PEM"):
        read_signer(tmp_path / "a.pem", tmp_path / "b.pem")


def test_signed_once_is_signed_until_the_picture_changes(
    signer: Signer, project: Open, tree: Callable[[Path], dict[str, bytes | None]], tmp_path: Path
):
    root = project("godot").root
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[8:20, 8:20] = 255
    names = {
        "red disc.png": png_bytes(pixels),
        "cert.pem": signer.certificate,
        "key.pem": signer.key,
    }
    for name, data in names.items():
        (tmp_path / name).write_bytes(data)
    disc, certificate, key = (str(tmp_path / name) for name in names)
    words = ["export", disc, "--to", str(root), "--kind", "sprite", "--sign", certificate, key]
    assert main(words) == 0
    shipped = root / "art/sprites/red_disc.png"
    assert inspect_file(shipped).c2pa
    was = tree(root)
    assert main(words) == 0
    assert tree(root) == was
    (root / "art/sprites/red_disc.png.import").unlink()
    assert main(words) == 0
    assert shipped.read_bytes() == was["art/sprites/red_disc.png"]
    assert main([*words, "--padding", "4"]) == 0
    assert shipped.read_bytes() != was["art/sprites/red_disc.png"]
    assert verify(root).problems == verify(root).changed == ()
