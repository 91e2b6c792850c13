"""What is written into pictures, read back as others read it."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.composite import PictureLayer
from studio_app.document.people import standing_person
from studio_app.document.recipes import (
    KEYWORD,
    STEP_KEYWORD,
    Intermediate,
    parameters_text,
    recipe_texts,
)
from studio_app.export.ora import ora_bytes
from studio_app.export.origin import Origin, licence_named
from studio_app.export.pictures import Encoding, encode, exr_bytes
from studio_app.export.provenance.containers import Found, look
from studio_app.export.provenance.marks import mark_of, metadata_of
from studio_app.export.provenance.taken import taken_from
from studio_app.export.provenance.xmp import SOURCE_TYPES, packet, read_packet
from studio_app.export.psd import psd_bytes
from studio_app.scene.openpose import draw_pose

PIXELS = np.full((16, 16, 3), 120, np.uint8)


def picture(origin: Origin, kind: str, *, stripped: bool = False) -> bytes:
    how = Encoding(kind)  # pyright: ignore[reportArgumentType]
    return encode(PIXELS, how, metadata_of(origin, how.extension, stripped=stripped))


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_picture_can_be_made_again_from_itself(origin: Origin, kind: str):
    assert origin.request is not None
    request = replace(origin.request, prompt='a <red> & "glass" potion,\nby night: 🧪 \u202e ß')
    found = look(picture(replace(origin, request=request), kind), "x")
    assert found.xmp is not None and found.xmp.source_type == "compositeWithTrainedAlgorithmicMedia"
    taken = taken_from(found, "x")
    assert (taken.tool, taken.missed) == ("Underpaint", ())
    assert taken.request == request
    parameters = found.texts.get("parameters") or found.comment
    assert parameters == parameters_text(request)


def test_a_recipe_too_large_for_a_jpeg_leaves_the_words(origin: Origin):
    assert origin.request is not None
    noise = np.random.default_rng(1).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    request = replace(origin.request, controls=(Control("pose", noise),))
    found = look(picture(replace(origin, request=request), "jpeg"), "x")
    assert found.xmp is not None and not found.xmp.recipe
    assert found.xmp.iptc("AIPromptInformation") == "a red glass potion"
    assert taken_from(found, "x").tool == "AUTOMATIC1111"


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_stripped_for_shipping_the_mark_stays_and_the_words_go(origin: Origin, kind: str):
    data = picture(origin, kind, stripped=True)
    found = look(data, "x")
    assert found.xmp is not None and found.xmp.source_type == "compositeWithTrainedAlgorithmicMedia"
    assert (dict(found.texts), found.comment, found.xmp.recipe) == ({}, "", {})
    for secret in (b"potion", "potion".encode("utf-16-be"), b"seed", b"apache"):
        assert secret not in data


def test_layered_files_and_floats_are_marked_too(origin: Origin):
    layers = [PictureLayer("a picture", np.dstack([PIXELS, np.full((16, 16), 255, np.uint8)]))]
    said = metadata_of(origin)
    files = {
        "EXR": exr_bytes({"Z": np.zeros((16, 16), np.float32)}, said),
        "PSD": psd_bytes(layers, (16, 16), said),
        "ORA": ora_bytes(layers, (16, 16), said),
    }
    for kind, data in files.items():
        found = look(data, "x")
        assert found.format == kind
        assert (
            found.xmp is not None
            and found.xmp.source_type == "compositeWithTrainedAlgorithmicMedia"
        )
        for cut in range(0, min(len(data), 4000), 97):
            with contextlib.suppress(StudioError):
                look(data[:cut], "x")
    assert taken_from(look(files["ORA"], "x"), "x").request == origin.request


def test_the_mark_says_who_painted(origin: Origin):
    assert origin.request is not None
    kinds = {
        "trainedAlgorithmicMedia": replace(origin, painted=0.0),
        "compositeWithTrainedAlgorithmicMedia": origin,
        "digitalCreation": Origin(painted=1.0),
    }
    for kind, of in kinds.items():
        found = read_packet(mark_of(of).xmp)
        assert found is not None and found.source_type == kind
    painted = replace(
        origin, painted=0.0, request=replace(origin.request, init=np.zeros((64, 64, 3), np.uint8))
    )
    assert painted.source_type == "compositeWithTrainedAlgorithmicMedia"


@pytest.mark.parametrize(
    "said",
    [
        'Iptc4xmpExt:DigitalSourceType="{}trainedAlgorithmicMedia">',
        '><Iptc4xmpExt:DigitalSourceType rdf:resource="{}trainedAlgorithmicMedia"/>',
        "><Iptc4xmpExt:DigitalSourceType>{}trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>",
    ],
)
def test_the_mark_is_read_however_it_was_written(said: str):
    text = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f"{said.format(SOURCE_TYPES)}</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    found = read_packet(text)
    assert found is not None and found.source_type == "trainedAlgorithmicMedia"


def test_hostile_packets_are_not_read():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    assert read_packet(bomb) is None
    assert read_packet("<x>") is None
    assert read_packet(b"\xff\xfe<\0") is None
    assert read_packet("<a>" * 100_000) is None


def _posed() -> Origin:
    joints = np.stack([standing_person(64, 64).joints, standing_person(64, 64, 20).joints])
    pose = Control("pose", draw_pose(joints, 64, 64))
    request = GenerationRequest("two knights", width=64, height=64, steps=4, controls=(pose,))
    return Origin(request, people=joints, shows=Intermediate(2, "x_t"))


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "exr"])
def test_the_people_of_a_pose_and_the_step_that_is_shown_come_back(kind: str):
    origin = _posed()
    taken = taken_from(look(picture(origin, kind), "x"), "x")
    assert taken.request == origin.request and taken.shows == origin.shows
    assert taken.people is not None and origin.people is not None
    assert np.array_equal(taken.people, origin.people)
    shown = replace(origin, shows=None, people=origin.people[:1])
    taken = taken_from(look(picture(shown, kind), "x"), "x")
    assert taken.shows is None and taken.people is None  # the pose is another one's drawing


@pytest.mark.parametrize("said", ['{"step": 9, "latent": "x_0"}', '{"step": true}', "{}"])
def test_a_step_that_the_run_does_not_have_is_not_taken_over(said: str):
    texts = recipe_texts(GenerationRequest("a potion", steps=4))
    assert taken_from(Found("PNG", {**texts, STEP_KEYWORD: said}), "x").shows is None
    with pytest.raises(StudioError, match="the recipe of x"):
        taken_from(Found("PNG", {**texts, STEP_KEYWORD: "[1"}), "x")


@given(st.text(max_size=200))
def test_any_words_come_back_from_a_packet(words: str):
    recipe = json.dumps({"prompt": words}, ensure_ascii=False)
    text = packet("trainedAlgorithmicMedia", "x", prompt=words, recipe={KEYWORD: recipe})
    found = read_packet(text)
    assert found is not None
    whole = words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert json.loads(found.recipe[KEYWORD])["prompt"] == whole


@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            b"",
            b"\xff\xd8\xff\xe1",
            b"RIFF\xff\0\0\0WEBP",
            b"\x89PNG\r\n\x1a\n",
            b"8BPS",
            b"\x76\x2f\x31\x01",
            b"PK\x03\x04",
        ]
    ),
)
def test_broken_files_are_looked_at_calmly(data: bytes, head: bytes):
    with contextlib.suppress(StudioError):
        assert not look(head + data, "x").c2pa


def test_pillow_finds_the_words_where_they_belong(origin: Origin):
    assert origin.request is not None
    image = Image.open(io.BytesIO(picture(origin, "png")))
    assert image.info["parameters"] == parameters_text(origin.request)
    for kind in ("jpeg", "webp"):
        image = Image.open(io.BytesIO(picture(origin, kind)))
        comment = image.getexif().get_ifd(0x8769)[0x9286]
        assert comment.startswith(b"UNICODE\0")
        assert comment[8:].decode("utf-16-be") == parameters_text(origin.request)
        assert b"compositeWithTrainedAlgorithmicMedia" in image.info["xmp"]


def test_sd_parsers_reads_our_parameters(origin: Origin, tmp_path: Path):
    """The library that galleries use."""
    parsers = pytest.importorskip("sd_parsers", reason="sd-parsers is not installed")
    assert origin.request is not None
    request = replace(origin.request, negative_prompt="blurry, dark", guidance_scale=2.5)
    path = tmp_path / "x.png"
    path.write_bytes(picture(replace(origin, request=request), "png"))
    info = parsers.ParserManager().parse(path)
    (sampler,) = info.samplers
    assert [prompt.value for prompt in sampler.prompts] == [request.prompt]
    assert [prompt.value for prompt in sampler.negative_prompts] == ["blurry, dark"]
    assert (sampler.name, sampler.parameters["seed"], sampler.parameters["steps"]) == (
        "consistency",
        "7",
        "4",
    )
    assert float(sampler.parameters["cfg_scale"]) == 2.5


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_exiftool_shows_the_mark(origin: Origin, tmp_path: Path, kind: str):
    path = tmp_path / f"x.{kind}"
    path.write_bytes(picture(origin, kind, stripped=True))
    done = subprocess.run(
        ["exiftool", "-j", "-G", str(path)], capture_output=True, text=True, check=True
    )
    assert (
        "compositeWithTrainedAlgorithmicMedia"
        in json.loads(done.stdout)[0]["XMP:DigitalSourceType"]
    )


def test_a_model_named_by_a_path_keeps_its_place_to_itself():
    request = GenerationRequest("x", model="/home/anna/secret project/models/knight-v2")
    assert "anna" not in metadata_of(Origin(request, licence_named("mit"))).xmp
