"""Poses of photographs: networks of DWPose's shapes, made here, that really look at what they are given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.document import dwpose
from studio_app.document.contents.pose import Pose
from studio_app.document.framings import framing
from studio_app.document.pictures import open_picture
from studio_app.document.pose_networks import networks_folder, open_networks
from studio_app.document.pose_reading import read_people

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


def save(
    path: Path, nodes: Sequence[Any], constants: dict[str, NDArray[Any]], outputs: Any, size: Any
) -> None:
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        list(nodes),
        "net",
        [helper.make_tensor_value_info("input", kinds.FLOAT, [1, 3, size[1], size[0]])],
        [
            helper.make_tensor_value_info(name, kinds.FLOAT, shape)
            for name, shape in outputs.items()
        ],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def write_reader(path: Path) -> None:
    """As dw-ll_ucoco_384.onnx: [1, 3, 384, 288] to lines of 133 joints. Each joint is the lightest place of the crop,
    so it has to be cut out, normalised and put back right."""
    node = onnx.helper.make_node
    nodes: list[Any] = []
    constants: dict[str, NDArray[Any]] = {"gain": np.array(0.4, np.float32)}
    for name, axes, length in (("x", (1, 2), 288), ("y", (1, 3), 384)):
        scales = np.array([1, 1, 2], np.float32)
        constants |= {f"s{name}": scales, f"a{name}": np.array([1], np.int64)}
        constants[f"e{name}"] = np.array([1, 133, 2 * length], np.int64)
        nodes += [
            node("ReduceMax", ["input"], [f"m{name}"], axes=list(axes), keepdims=0),
            node("Mul", [f"m{name}", "gain"], [f"g{name}"]),
            node("Unsqueeze", [f"g{name}", f"a{name}"], [f"u{name}"]),
            node("Resize", [f"u{name}", "", f"s{name}"], [f"r{name}"], mode="nearest"),
            node("Expand", [f"r{name}", f"e{name}"], [f"simcc_{name}"]),
        ]
    shapes = {"simcc_x": [1, 133, 576], "simcc_y": [1, 133, 768]}
    save(path, nodes, constants, shapes, (288, 384))


def write_finder(path: Path, boxes: Sequence[tuple[float, float, float, float, float]]) -> None:
    """As yolox_l.onnx: [1, 3, 640, 640] to 8400 boxes; these ones: middle, size, score, in its pixels."""
    rows = np.full((1, 8400, 85), -9.0, np.float32)
    rows[..., 4:] = 0
    for number, (x, y, width, height, score) in enumerate(boxes):
        cell = number  # of the finest grid: the cells of its first row
        rows[0, cell, :4] = (x / 8 - cell, y / 8, np.log(width / 8), np.log(height / 8))
        rows[0, cell, 4:6] = (1.0, score)
    nodes = [
        onnx.helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
        onnx.helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        onnx.helper.make_node("Add", ["rows", "nothing"], ["output"]),
    ]
    constants = {"rows": rows, "zero": np.array(0, np.float32)}
    save(path, nodes, constants, {"output": [1, 8400, 85]}, (640, 640))


def picture(path: Path, size: tuple[int, int], *dots: tuple[int, int]) -> Path:
    pixels = np.full((size[1], size[0], 3), 40, np.uint8)
    for x, y in dots:
        pixels[y - 2 : y + 3, x - 2 : x + 3] = 255
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pose")
    write_reader(folder / "dw-ll_ucoco_384.onnx")
    return folder


@pytest.mark.parametrize(
    ("size", "dot"), [((288, 384), (100, 200)), ((600, 300), (450, 60)), ((200, 700), (30, 640))]
)
def test_a_joint_is_found_where_it_is_in_a_picture_of_any_shape(
    tmp_path: Path, networks: Path, size: tuple[int, int], dot: tuple[int, int]
):
    found = read_people(picture(tmp_path / "a.png", size, dot), networks)
    assert found.size == size
    assert found.guessed
    assert len(found.people) == 1
    joints = found.people[0].joints
    assert joints[:, 2].all()  # the neck too, between the shoulders
    pixel = max(size) / 384 * dwpose.PADDING + 1
    assert np.abs(joints[:, :2] - dot).max() < 2 * pixel


def test_people_are_found_first_where_a_network_does_that(tmp_path: Path, networks: Path):
    write_reader(tmp_path / "pose" / "b.onnx")
    boxes = [
        (160, 160, 200, 240, 0.9),
        (165, 162, 200, 240, 0.8),
        (480, 160, 200, 240, 0.7),
        (40, 40, 30, 30, 0.1),
    ]
    write_finder(tmp_path / "pose" / "a.onnx", boxes)
    path = picture(tmp_path / "a.png", (1280, 640), (330, 300), (960, 340))
    found = read_people(path, tmp_path / "pose")
    places = [person.joints[0, :2] for person in found.people]
    assert len(places) == 2  # one box lies on another, one is unsure
    assert np.abs(places[0] - (330, 300)).max() < 6
    assert np.abs(places[1] - (960, 340)).max() < 6


def test_a_photograph_is_a_layer_of_pose_too(tmp_path: Path, own_home: Path):
    photograph = open_picture(picture(tmp_path / "a.png", (300, 300), (120, 90)))
    frame = framing((300, 300), 150, 150, "stretch")
    with pytest.raises(StudioError, match="not part of Underpaint"):
        Pose.of_picture(photograph, frame, 150, 150)
    write_reader(networks_folder() / "dw-ll_ucoco_384.onnx")
    pose = Pose.of_picture(photograph, frame, 150, 150)
    assert np.abs(pose.people[0].joints[:, :2] - (60, 45)).max() < 3


def test_what_is_not_seen_is_missing(tmp_path: Path, networks: Path):
    path = tmp_path / "dark.png"
    Image.new("RGB", (200, 200), (0, 0, 0)).save(path)
    with pytest.raises(StudioError, match="Nobody was found"):
        read_people(path, networks)


def test_files_that_are_no_such_networks_are_said(tmp_path: Path):
    (tmp_path / "broken.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(StudioError, match=r"broken\.onnx"):
        open_networks(tmp_path)
    (tmp_path / "broken.onnx").unlink()
    node = onnx.helper.make_node("Identity", ["input"], ["output"])
    save(tmp_path / "other.onnx", [node], {}, {"output": [1, 3, 64, 64]}, (64, 64))
    with pytest.raises(StudioError, match="reads poses"):
        open_networks(tmp_path)
