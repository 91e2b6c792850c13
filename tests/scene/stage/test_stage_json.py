from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.stage_json import MOST_BYTES, from_json, to_json
from tests.scene.stage.worlds import crowd, stages


def through_text(stage: Stage) -> Stage:
    text = json.dumps(to_json(stage))
    return from_json(parse_json(text, "scene", MOST_BYTES), "scene")


@settings(max_examples=40, deadline=None)
@given(stages())
def test_every_stage_comes_back_as_it_was(stage: Stage) -> None:
    assert through_text(stage) == stage


def test_meshes_are_written_once_and_come_back_whole() -> None:
    stage = crowd()
    again = through_text(stage)
    assert again == stage
    assert again[2].thing == stage[2].thing
    from studio_app.scene.stage.edits import duplicated

    many, _ = duplicated(stage, [2])
    assert len(to_json(many)["meshes"]) == 1


def spoilt(path: tuple[Any, ...], value: Any) -> Any:
    content = json.loads(json.dumps(to_json(crowd())))
    place = content
    for key in path[:-1]:
        place = place[key]
    if value is KeyError:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


FIGURE = ("items", 0)
MESH = ("items", 1)
SOLID = ("items", 3)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 2), (("format",), "1"), (("format",), KeyError), (("items",), {}),
        (("items",), [None]), (("items",), [{}] * 401), (("items",), KeyError),
        (("next_id",), 3), (("next_id",), True), (("next_id",), 2**40), (("next_id",), KeyError),
        (("ground",), 1), (("depth_range",), [3, 1]), (("depth_range",), [0, 1]),
        (("depth_range",), [1, 1]), (("depth_range",), "near"), (("camera",), None),
        (("camera", "eye"), KeyError), (("camera", "eye"), [1, 2]), (("camera", "eye"), [1, 2, "3"]),
        (("camera", "eye"), [1e30, 0, 0]), (("camera", "target"), [0.9, 1.1, 3.2]),
        (("camera", "up"), [0, 0, 0]), (("camera", "fov"), 0), (("camera", "fov"), 180),
        (("camera", "fov"), [28]), (("camera", "height"), -1), (("camera", "height"), float("nan")),
        ((*FIGURE, "id"), 0), ((*FIGURE, "id"), 2), ((*FIGURE, "id"), "1"), ((*FIGURE, "name"), 5),
        ((*FIGURE, "name"), "x" * 81), ((*FIGURE, "visible"), None), ((*FIGURE, "locked"), "no"),
        ((*FIGURE, "at"), [0, 0]), ((*FIGURE, "at"), [0, 0, 1e9]), ((*FIGURE, "turn"), [0, 0, 0, 0]),
        ((*FIGURE, "turn"), [1, 0, 0]), ((*FIGURE, "size"), [1, 2, 1]), ((*FIGURE, "size"), [0, 0, 0]),
        ((*FIGURE, "size"), [-1, -1, -1]), ((*FIGURE, "mannequin"), []),
        ((*FIGURE, "mannequin"), KeyError), ((*FIGURE, "mannequin", "body"), {"head": 99}),
        ((*FIGURE, "mannequin", "body"), {"height": 0}), ((*FIGURE, "mannequin", "body"), {"height": 1e9}),
        ((*FIGURE, "mannequin", "body"), {"head": "big"}), ((*FIGURE, "mannequin", "body"), 4),
        ((*FIGURE, "mannequin", "pose"), {"tail_wag": 3}), ((*FIGURE, "mannequin", "pose"), [1]),
        ((*FIGURE, "mannequin", "pose"), {"head_bend": None}), ((*FIGURE, "mannequin", "lift"), -1),
        ((*FIGURE, "mannequin", "lift"), 1e6), ((*FIGURE, "mannequin", "hips"), [0, 1]),
        ((*FIGURE, "mannequin", "hips"), [0, 1e7, 0]), ((*FIGURE, "mannequin", "hidden"), ["tail"]),
        ((*FIGURE, "mannequin", "hidden"), [0]), ((*FIGURE, "mannequin", "hidden"), "nose"),
        ((*FIGURE, "mannequin", "hidden"), ["nose"] * 19),
        ((*SOLID, "solid"), {}), ((*SOLID, "solid", "kind"), "teapot"), ((*SOLID, "solid", "kind"), {}),
        ((*SOLID, "solid", "params"), [1]), ((*SOLID, "solid", "params"), [0] * 99),
        ((*SOLID, "solid"), {"kind": "prism", "params": [3.5, 1]}),
        ((*SOLID, "solid"), {"kind": "prism", "params": [10**9, 1]}),
        ((*SOLID, "solid"), {"kind": "torus", "params": [-1]}),
        ((*MESH, "mesh"), "another"), ((*MESH, "mesh"), None), (("meshes",), []),
        (("meshes",), {str(n): {} for n in range(33)}),
    ],
)  # fmt: skip
def test_what_is_broken_is_told_in_one_sentence(path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(StudioError) as caught:
        from_json(spoilt(path, value), "tower.json")
    assert "tower.json" in caught.value.title
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "change",
    [{"rows": 0}, {"rows": 10**9}, {"rows": None}, {"packed": None}, {"packed": {}}],
)
@pytest.mark.parametrize("part", ["vertices", "triangles"])
def test_broken_meshes_are_told(part: str, change: dict[str, Any]) -> None:
    content = json.loads(json.dumps(to_json(crowd())))
    (mesh,) = content["meshes"].values()
    mesh[part].update(change)
    with pytest.raises(StudioError):
        from_json(content, "scene")


def test_a_mesh_that_inflates_beyond_its_size_is_refused() -> None:
    import base64
    import zlib

    content = json.loads(json.dumps(to_json(crowd())))
    (mesh,) = content["meshes"].values()
    bomb = base64.b64encode(zlib.compress(bytes(200 << 20))).decode()
    mesh["vertices"]["packed"] = {"dtype": "float32", "shape": [4096, 4096, 3], "zlib": bomb}
    with pytest.raises(StudioError):
        from_json(content, "scene")


def test_angles_beyond_their_limits_are_clamped() -> None:
    content = spoilt((*FIGURE, "mannequin", "pose"), {"left_elbow_bend": 900})
    figure: Any = from_json(content, "scene")[1].thing
    assert figure.pose["left_elbow_bend"] == 150


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, part in inner:
        found += places(part, (*path, key))
    return found


BASE = json.loads(json.dumps(to_json(crowd())))
PLACES = places(BASE)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PLACES), JUNK)
def test_anything_anywhere_is_a_stage_or_a_studio_error(path: tuple[Any, ...], value: Any) -> None:
    content = copy.deepcopy(BASE)
    place: Any = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    try:
        read = from_json(content, "tower")
    except StudioError as refused:
        read = refused
    assert isinstance(read, Stage) or "tower" in str(read)
