"""Requests are values: equal by content, frozen, picklable, JSON-able, and checked when made."""

from __future__ import annotations

import contextlib
import json
import pickle
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_app.core.arrays import pack
from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest, Start


def drawing(seed: int = 0, size: int = 64) -> np.ndarray:
    return np.random.default_rng(seed).random((size, size), np.float32)


def full_request(**changes: Any) -> GenerationRequest:
    rng = np.random.default_rng(3)
    known = np.full((64, 64), 255, np.uint8)
    pose = rng.integers(0, 256, (64, 64, 3), np.uint8)
    values: dict[str, Any] = {
        "prompt": "a (red:1.3) potion, Gräser",
        "negative_prompt": "blue",
        "guidance_scale": 3.5,
        "steps": 3,
        "seed": 2**40,
        "width": 64,
        "height": 64,
        "kind": "texture",
        "tile": (True, False),
        "init": rng.integers(0, 256, (64, 64, 3), np.uint8),
        "strength": 0.6,
        "mask": rng.integers(0, 256, (64, 64), np.uint8),
        "start": Start(rng.standard_normal((4, 8, 8)).astype(np.float32), 1),
        "controls": (Control("depth", drawing(), known, 0.8, 0.1, 0.9), Control("pose", pose)),
    }
    return GenerationRequest(**(values | changes))


FULL = full_request().to_dict()


def test_equal_by_the_content_of_arrays():
    assert full_request() == full_request()
    assert hash(full_request()) == hash(full_request())
    assert full_request().digest == full_request().digest


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "another"},
        {"negative_prompt": ""},
        {"guidance_scale": 3.6},
        {"seed": 1},
        {"tile": (False, True)},
        {"mask": None},
        {"strength": 0.5},
        {"start": None},
        {"clip_skip": 2},
        {"controls": ()},
        {"controls": (Control("depth", drawing(1)),)},
        {"init": np.zeros((64, 64, 3), np.uint8)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_field_counts(changes: dict[str, Any]):
    assert full_request(**changes) != full_request()


def test_digests_and_recipes_of_before_a_field_was_there_hold():
    plain = GenerationRequest("a red potion", seed=7, guidance_scale=3.0)
    assert plain.digest == "0b072930ae7bf5c08f856476e3fc8a6d"
    assert "clip_skip" not in plain.to_dict()
    skipping = replace(plain, clip_skip=2)
    assert GenerationRequest.from_dict(skipping.to_dict()) == skipping


def test_one_changed_pixel_is_another_request():
    changed = drawing()
    changed[5, 5] = 0.123
    assert Control("depth", changed) != Control("depth", drawing())


def test_the_drawing_is_told_apart_from_its_strength():
    strong = Control("depth", drawing(), strength=1.5)
    assert strong != Control("depth", drawing())
    assert strong.drawing == Control("depth", drawing()).drawing


def test_nothing_can_be_changed_afterwards():
    source = drawing()
    control = Control("depth", source)
    source[0, 0] = 0.5  # the caller's own array stays theirs
    assert control == Control("depth", drawing())
    with pytest.raises(ValueError):
        control.pixels[0, 0] = 0
    with pytest.raises(FrozenInstanceError):
        control.strength = 2  # type: ignore[misc]


def test_a_request_comes_out_of_a_pickle_equal_and_read_only():
    request = full_request()
    copy = pickle.loads(pickle.dumps(request))
    assert copy == request
    assert not copy.controls[0].pixels.flags.writeable
    assert not copy.init.flags.writeable


def test_a_request_comes_back_from_its_json():
    request = full_request()
    text = json.dumps(request.to_dict(), allow_nan=False)
    assert GenerationRequest.from_dict(json.loads(text)) == request
    plain = GenerationRequest("a")
    assert GenerationRequest.from_dict(json.loads(json.dumps(plain.to_dict()))) == plain


def test_arrays_are_compressed():
    request = GenerationRequest("a", width=512, height=512, init=np.zeros((512, 512, 3), np.uint8))
    assert len(json.dumps(request.to_dict())) < 5000


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"prompt": "  "}, "prompt is empty"),
        ({"prompt": 3}, "text"),
        ({"prompt": "x" * 5000}, "4000"),
        ({"guidance_scale": 0.5}, "1 to 30"),
        ({"guidance_scale": float("nan")}, "guidance"),
        ({"steps": 0}, "steps"),
        ({"steps": True}, "steps"),
        ({"seed": -1}, "seed"),
        ({"clip_skip": 0}, "clip skip"),
        ({"width": 250}, "nearest is 256"),
        ({"height": 10_000}, "nearest is 2048"),
        ({"kind": "film"}, "scene"),
        ({"tile": "xy"}, "tile"),
        ({"loras": 3}, "loras"),
        ({"loras": (("a", float("inf")),)}, "loras"),
        ({"strength": 1.5}, "strength"),
        ({"init": None}, "mask needs"),
        ({"mask": np.zeros((32, 64), np.uint8)}, "64x64"),
        ({"mask": np.zeros((64, 64), np.float32)}, "uint8"),
        ({"controls": ["depth"]}, "controls"),
        ({"prompt": "a red \ud83d potion"}, "whole characters"),
        ({"negative_prompt": "\udce9"}, "whole characters"),
        ({"model": "caf\udce9"}, "whole characters"),
        ({"seed": 10**400}, "seed"),
        ({"seed": 10**5000}, "seed"),
        ({"steps": -(10**5000)}, "steps"),
        ({"guidance_scale": 10**400}, "guidance"),
        ({"strength": 10**5000}, "strength"),
        ({"strength": float("inf")}, "strength"),
        ({"loras": (("a", 10**400),)}, "loras"),
        ({"loras": (("\ud800", 1.0),)}, "loras"),
        ({"start": Start(np.zeros((4, 8, 8), np.float32), 3)}, "start step"),
    ],
)
def test_impossible_requests_are_refused(changes: dict[str, Any], said: str):
    with pytest.raises(StudioError, match=said):
        full_request(**changes)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Control("sound", drawing()), "depth, pose"),  # type: ignore[arg-type]
        (lambda: Control("depth", np.full((8, 8), np.nan, np.float32)), "NaN"),
        (lambda: Control("depth", np.full((8, 8), 1.5, np.float32)), "0 to 1"),
        (lambda: Control("depth", np.zeros((8, 8), np.float64)), "float64"),
        (lambda: Control("pose", np.zeros((8, 8), np.uint8)), r"\[H, W, 3\]"),
        (lambda: Control("depth", drawing(), np.zeros((3, 3), np.uint8)), "known"),
        (lambda: Control("depth", drawing(), strength=-1), "strength"),
        (lambda: Control("depth", drawing(), start=0.8, end=0.2), "end"),
    ],
)
def test_impossible_controls_are_refused(make: Any, said: str):
    with pytest.raises(StudioError, match=said):
        make()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(format=2),
        lambda d: d.update(surprise=1),
        lambda d: d.pop("prompt"),
        lambda d: d.update(controls={}),
        lambda d: d.update(init={"shape": [64, 64, 3], "dtype": "uint8", "zlib": "!"}),
        lambda d: d["mask"].update(shape=[64, 65]),
        lambda d: d["mask"].update(shape=[8192, 8192, 8192]),
        lambda d: d["mask"].update(dtype="object"),
        lambda d: d["controls"][0].pop("pixels"),
        lambda d: d["controls"][0].update(kind=["depth"]),
        lambda d: d.update(start=[]),
        lambda d: d.update(tile=None),
        lambda d: d.update(loras=[["a"]]),
        lambda d: d.update(loras=[["a", 10**400]]),
        lambda d: d.update(seed=10**5000),
        lambda d: d.update(guidance_scale=10**400),
        lambda d: d.update(controls=d["controls"] * 5),
    ],
)
def test_broken_recipes_are_refused(spoil: Any):
    value = json.loads(json.dumps(full_request().to_dict()))
    spoil(value)
    with pytest.raises(StudioError):
        GenerationRequest.from_dict(value)


def test_too_many_controls_are_refused_before_they_are_inflated(monkeypatch: pytest.MonkeyPatch):
    value = full_request().to_dict()
    value["controls"] = value["controls"] * 500

    def untouched(*_: object) -> Any:
        raise AssertionError("a control was read")

    monkeypatch.setattr(Control, "from_dict", untouched)
    with pytest.raises(StudioError, match="at most 8"):
        GenerationRequest.from_dict(value)


def test_a_drawing_that_inflates_to_much_more_than_any_picture_is_refused():
    value = full_request().to_dict()
    value["controls"][0]["pixels"] = pack(np.zeros((4096, 4096), np.float32))
    with pytest.raises(StudioError, match="control of this recipe is broken"):
        GenerationRequest.from_dict(value)


SCALARS = (
    st.none() | st.booleans() | st.floats() | st.integers(-(10**30), 10**30) | st.text(max_size=4)
)
PACKED = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["uint8", "float32", "object"]) | SCALARS,
        "shape": st.lists(st.integers(-1, 70) | SCALARS, max_size=4) | SCALARS,
        "zlib": st.just(pack(np.zeros((64, 64), np.uint8))["zlib"]) | st.text(max_size=8) | SCALARS,
    }
)
FIELDS = [*(item.name for item in fields(GenerationRequest)), "format", "surprise"]
SPOILT = st.dictionaries(
    st.sampled_from(FIELDS), SCALARS | PACKED | st.lists(SCALARS | PACKED, max_size=3), max_size=3
)


@settings(deadline=None, max_examples=200)
@given(
    SPOILT,
    st.dictionaries(
        st.sampled_from(["kind", "pixels", "known", "strength", "end"]), SCALARS | PACKED
    ),
)
def test_any_recipe_is_a_request_or_refused(spoilt: dict[str, Any], control: dict[str, Any]):
    value = FULL | spoilt
    if isinstance(value.get("controls"), list):
        value["controls"] = [*value["controls"], FULL["controls"][0] | control]
    with contextlib.suppress(StudioError):
        request = GenerationRequest.from_dict(value)
        json.dumps(request.to_dict(), allow_nan=False, ensure_ascii=False).encode("utf-8")


def test_a_recipe_that_is_no_object_is_refused():
    for value in (None, [], "a", 3):
        with pytest.raises(StudioError, match="object"):
            GenerationRequest.from_dict(value)


def test_replace_keeps_the_rest():
    request = full_request()
    assert replace(replace(request, seed=5), seed=request.seed) == request
