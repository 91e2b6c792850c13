"""What the window of models says of a model: which drawings it reads, and what memory it takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio_app.catalogue.identity import Identity
from studio_app.catalogue.places import Place
from studio_app.catalogue.scanning import Found
from studio_app.core.capabilities import Capabilities
from studio_app.core.hardware import Room
from studio_app.engine.families import flux2_klein_card, z_image_card
from studio_app.ui.models.details import wrapping
from studio_app.ui.models.sentences import pairs_of

KLEIN = Identity(
    "checkpoint", "flux2-klein", "diffusers folder", prediction="flow", numbers="bf16",
    parameters=3_880_000_000, size=16_000_000_000, parts=("denoiser", "vae", "qwen3-4b"), width=3072, blocks=25,
)  # fmt: skip


def said(identity: Identity, can: Capabilities, room: Room | None = None) -> dict[str, str]:
    found = Found(Path("klein"), Place(Path(), "Added by you"), identity, "klein")
    return dict(pairs_of(found, can, room, False, []))


def test_drawings_are_said_with_how_they_enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    can = flux2_klein_card.capabilities(tmp_path)
    words = said(KLEIN, can)
    assert words["Drawings"].startswith("Depth, pose") and "without strength" in words["Drawings"]
    assert "4,096 at 1024 x 1024" in words["Denoiser"]
    monkeypatch.setattr(z_image_card, "union_for", lambda *_: None)
    none = z_image_card.capabilities(tmp_path)
    reads = said(replace(KLEIN, family="z-image"), none)["Drawings"]
    assert "a ControlNet for Z-Image would go into" in reads and "controlnet" in reads
    assert said(KLEIN, replace(none, controls=("depth", "pose")))["Drawings"] == "Depth, pose."


@pytest.mark.parametrize(
    ("total", "where", "words"),
    [
        (24, "graphics memory", "are free"),
        (12, "graphics memory", "prompts are then read by the CPU"),
        (6, "graphics memory", "does not fit"),
        (12, "memory", "does not fit"),
    ],
)
def test_a_card_need_not_hold_what_reads_prompts(
    tmp_path: Path, total: int, where: str, words: str
):
    room = Room(total << 30, total << 30, where)
    assert words in said(KLEIN, flux2_klein_card.capabilities(tmp_path), room)["Memory"]


@pytest.mark.parametrize(
    ("numbers", "size", "total", "words"),
    [
        ("GGUF Q4_K", 2.6e9, 24, "GB of 25.8 GB are free"),
        (
            "GGUF Q4_K",
            2.6e9,
            8,
            "as small as it is written, and then a step takes longer, 4.7 GB: 8.6 GB of",
        ),
        ("fp8, scaled", 4e9, 8, "takes longer, 6.1 GB: 8.6 GB of"),
        ("fp8, scaled", 4e9, 4, "takes longer, 6.1 GB; that does not fit"),
        ("GGUF IQ2_XS", 2.6e9, 8, "with a picture of its size; that does not fit"),
    ],
)
def test_what_stays_as_small_as_it_is_written_is_said(
    tmp_path: Path, numbers: str, size: float, total: int, words: str
):
    few = replace(KLEIN, role="denoiser", numbers=numbers, size=int(size))
    said_of = said(
        few, flux2_klein_card.capabilities(tmp_path), Room(total << 30, total << 30, "memory")
    )
    assert words in said_of["Memory"]


def test_words_that_are_wider_than_the_window_are_shortened_in_their_middle():
    path = "/home/ann/models/" + "dream_mix_" * 9 + "v12.safetensors  (ComfyUI)"
    said = wrapping(path)
    assert said.startswith("/home/ann/models/dream_mix_") and said.endswith(
        "v12.safetensors  (ComfyUI)"
    )
    assert max(map(len, said.replace("/", " ").split())) < 42
    assert wrapping("A name of usual length, and /a/path/of/usual/names") == (
        "A name of usual length, and /a/path/of/usual/names"
    )
