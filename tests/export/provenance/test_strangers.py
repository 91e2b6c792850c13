"""Whatever a stranger wrote into a picture is a recipe or a StudioError, soon and in little memory."""

from __future__ import annotations

import contextlib
import json
import tracemalloc
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from studio_app.core.errors import StudioError
from studio_app.export.provenance import comfyui
from studio_app.export.provenance.containers import Found, look
from studio_app.export.provenance.settings import size_of
from studio_app.export.provenance.taken import taken_from
from studio_app.export.provenance.xmp import read_packet


def test_a_graph_of_countless_ways_is_read_at_once():
    """Forty rows of two nodes, each linked to both of the next: 2**40 ways, and nothing at their ends."""
    names = ("text", "prompt", "value", "string", "seed", "int")
    graph: dict[str, Any] = {
        f"{row}{side}": {
            "class_type": "Row",
            "inputs": {name: [f"{row + 1}{'ab'[i % 2]}", 0] for i, name in enumerate(names)},
        }
        for row in range(40)
        for side in "ab"
    }
    graph["end"] = {
        "class_type": "KSampler",
        "inputs": {"latent_image": ["0a", 0], "positive": ["words", 0], "seed": ["0a", 0]},
    }
    graph["words"] = {"class_type": "CLIPTextEncode", "inputs": {"text": ["0b", 0], "clip": 1}}
    assert comfyui.read(Found("PNG", {"prompt": json.dumps(graph)}), "x") is None


def test_sizes_are_finite():
    for side in ("1e999", "-inf", "nan", float("inf"), None, 0, "x", True):
        assert size_of(64, side) is None
        assert size_of(side, "64") is None
    assert size_of("64", 96.0) == (64, 96)


def test_a_packet_of_nothing_but_tags_is_none():
    raw = b"<a>" + b"<b/>" * 1_000_000 + b"</a>"
    tracemalloc.start()
    try:
        assert read_packet(raw) is None
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


SCALARS = (
    st.none() | st.booleans() | st.floats() | st.integers(-(10**30), 10**30) | st.text(max_size=8)
)
WORDS = st.sampled_from(["nan", "1e999", "-1", "64", "1" * 39, "<lora:a:1>", "red"])
VALUES = SCALARS | WORDS | st.lists(SCALARS | WORDS, max_size=3)
NAMES = [
    "positive_prompt", "negative_prompt", "scheduler", "steps", "cfg_scale", "seed", "width", "height", "model",
    "loras", "controlnets", "generation_mode", "strength",
]  # fmt: skip
INPUTS = [
    "latent_image",
    "positive",
    "negative",
    "seed",
    "steps",
    "cfg",
    "text",
    "width",
    "height",
    "clip",
    "lora_name",
]
LINKS = st.tuples(st.sampled_from("abc"), st.integers(0, 1)).map(list)
NODES = st.fixed_dictionaries(
    {
        "class_type": st.sampled_from(
            ["KSampler", "SaveImage", "CLIPTextEncode", "EmptyLatent", "LoraLoader"]
        )
        | VALUES,
        "inputs": st.dictionaries(st.sampled_from(INPUTS), LINKS | VALUES, max_size=6) | VALUES,
    }
)
LINES = st.lists(
    st.tuples(
        st.sampled_from(["Steps", "Seed", "Size", "CFG scale", "Sampler", "Model"]), SCALARS | WORDS
    ),
    max_size=6,
).map(lambda pairs: "red\n" + ", ".join(f"{name}: {value}" for name, value in pairs))


@settings(deadline=None, max_examples=200)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "underpaint": st.dictionaries(st.text(max_size=6), VALUES).map(json.dumps)
            | st.text(max_size=20),
            "invokeai_metadata": st.dictionaries(st.sampled_from(NAMES), VALUES).map(json.dumps)
            | st.text(max_size=20),
            "prompt": st.dictionaries(st.sampled_from("abc"), NODES).map(json.dumps)
            | st.text(max_size=20),
            "parameters": LINES | st.text(max_size=40),
        },
    )
)
def test_any_texts_are_a_recipe_or_refused(texts: dict[str, str]):
    with contextlib.suppress(StudioError):
        taken_from(Found("PNG", texts), "x")


HEADS = [
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe1\0\x40Exif\0\0",
    b"RIFF\0\0\0\0WEBPEXIF\x20\0\0\0",
    b"",
]


@settings(deadline=None)
@given(st.sampled_from(HEADS), st.binary(max_size=120))
def test_any_bytes_say_something_or_are_refused(head: bytes, rest: bytes):
    with contextlib.suppress(StudioError):
        look(head + rest, "x").comment.encode("utf-8")


@given(st.binary(max_size=60) | st.text(alphabet="<>/&;ab:=\"' x#\ufffe", max_size=60))
def test_any_packet_is_read_or_none(data: bytes | str):
    read_packet(data)
