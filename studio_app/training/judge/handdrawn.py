"""Drawings as an artist would make them: a few strokes of a soft brush, a stick figure, a dab of mask.

Coordinates and radii are on a sheet of 256 by 256; `canvas` draws them at any size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio_app.core.controls import Control
from studio_app.scene.openpose import draw_pose

SHEET = 256
HARDNESS = 0.6
"""The share of a dab's radius that is wholly opaque."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Stroke:
    """Dabs along a line. grey: depth (1 = near) at its begin and end; radius: likewise."""

    points: tuple[Point, ...]
    radius: tuple[float, float]
    grey: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True)
class Drawing:
    """kind: of picture. depth: strokes, late over early. pose: 18 joints, or none. mask: strokes over the picture
    of `before`, which is what the text was then. background: whether what is not painted is known to be background,
    as the studio says by default, or unknown."""

    text: str
    kind: str = "scene"
    depth: tuple[Stroke, ...] = ()
    pose: tuple[Point, ...] = ()
    mask: tuple[Stroke, ...] = ()
    before: str = ""
    background: bool = True

    @property
    def means(self) -> str:
        """What it is drawn with: "Depth", "Pose", "Depth and pose", "Mask"."""
        names = [n for n, there in (("depth", self.depth), ("pose", self.pose)) if there]
        return " and ".join(names or ["mask"]).capitalize()

    def controls(self, size: int) -> tuple[Control, ...]:
        """As the engine takes them."""
        found: list[Control] = []
        if self.depth:
            value, known = painted(self.depth, size)
            found.append(Control("depth", value, known=None if self.background else known))
        if self.pose:
            found.append(Control("pose", figure(self.pose, size)))
        return tuple(found)

    def shown(self, size: int, before: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """For people, uint8 [size,size,3]: greys on black, or on an empty sheet where nothing is known, the figure
        over them, a mask over its picture."""
        if before is not None and self.mask:
            cover = painted(self.mask, size)[1][..., None] / 255 * 0.55
            return (before * (1 - cover) + np.array([60, 165, 255]) * cover).astype(np.uint8)
        sheet = np.repeat(_empty(size)[..., None], 3, axis=2)
        if self.depth:
            value, known = painted(self.depth, size)
            around = np.zeros_like(sheet) if self.background else sheet
            sheet = np.where(known[..., None] > 0, value[..., None], around)
        if self.pose:
            lines = figure(self.pose, size)
            sheet = np.where(lines.max(2, keepdims=True) > 0, lines, sheet)
        return sheet.astype(np.uint8)


def painted(strokes: tuple[Stroke, ...], size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Value and known, uint8 [size,size]: known (255) where the paint covers at least half."""
    scale = size / SHEET
    ys, xs = (np.mgrid[0:size, 0:size].astype(np.float32) + 0.5) / scale
    value = np.zeros((size, size), np.float32)
    cover = np.zeros_like(value)
    for stroke in strokes:
        for x, y, radius, grey in _dabs(stroke):
            distance = np.hypot(xs - x, ys - y) / radius
            alpha = np.clip((1 - distance) / (1 - HARDNESS), 0, 1)
            # Premultiplied over: half-painted pixels keep the paint's own grey.
            value = value * (1 - alpha) + grey * alpha
            cover = cover * (1 - alpha) + alpha
    known = cover >= 0.5
    shade = np.where(known, value / np.maximum(cover, 1e-3), 0)
    return (
        np.round(np.clip(shade, 0, 1) * 255).astype(np.uint8),
        np.where(known, 255, 0).astype(np.uint8),
    )


def figure(joints: tuple[Point, ...], size: int) -> NDArray[np.uint8]:
    """The OpenPose picture [size,size,3] of one figure."""
    people = np.ones((1, 18, 3), np.float32)
    people[0, :, :2] = np.array(joints, np.float32) * (size / SHEET)
    return draw_pose(people, size, size)


def _dabs(stroke: Stroke) -> list[tuple[float, float, float, float]]:
    """x, y, radius and grey of a stroke's dabs, a quarter of a radius apart."""
    points = np.array(stroke.points, np.float64)
    lengths = np.hypot(*np.diff(points, axis=0).T) if len(points) > 1 else np.zeros(0)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    count = 1 + int(along[-1] / max(min(stroke.radius) / 4, 0.5))
    out: list[tuple[float, float, float, float]] = []
    for t in np.linspace(0, 1, count):
        x, y = (float(np.interp(t * along[-1], along, points[:, k])) for k in (0, 1))
        (r0, r1), (g0, g1) = stroke.radius, stroke.grey
        out.append((x, y, r0 + t * (r1 - r0), g0 + t * (g1 - g0)))
    return out


def _empty(size: int) -> NDArray[np.uint8]:
    """A sheet on which nothing is drawn: faint diagonals, since unpainted is not black."""
    ys, xs = np.mgrid[0:size, 0:size]
    return np.where((xs + ys) % 12 < 2, 64, 52).astype(np.uint8)


def _line(*points: Point, r: float, grey: float, to: float | None = None) -> Stroke:
    return Stroke(points, (r, r), (grey, grey if to is None else to))


_WAVING: tuple[Point, ...] = (
    (128, 66), (128, 88), (106, 90), (96, 120), (94, 148), (150, 90), (172, 74), (178, 46), (115, 148), (112, 186),
    (110, 222), (141, 148), (145, 186), (148, 222), (123, 61), (133, 61), (116, 64), (140, 64),
)  # fmt: skip
_STRIDING: tuple[Point, ...] = (
    (122, 64), (124, 86), (104, 90), (84, 112), (96, 136), (146, 88), (168, 106), (160, 132), (114, 146), (92, 178),
    (76, 214), (138, 146), (164, 176), (174, 214), (117, 59), (127, 59), (111, 62), (134, 63),
)  # fmt: skip
_CASTING: tuple[Point, ...] = (
    (128, 62), (128, 86), (106, 90), (80, 98), (58, 82), (150, 90), (176, 98), (198, 82), (116, 146), (114, 184),
    (112, 220), (140, 146), (142, 184), (144, 220), (123, 57), (133, 57), (116, 61), (140, 61),
)  # fmt: skip
_LEAPING: tuple[Point, ...] = (
    (126, 58), (126, 82), (104, 84), (82, 66), (66, 44), (148, 82), (172, 68), (190, 46), (116, 138), (92, 160),
    (62, 172), (138, 138), (166, 152), (196, 146), (121, 53), (131, 53), (114, 57), (138, 57),
)  # fmt: skip
_KNEELING: tuple[Point, ...] = (
    (120, 92), (122, 116), (101, 118), (88, 144), (102, 166), (143, 118), (158, 142), (176, 160), (114, 172), (96, 210),
    (64, 222), (136, 172), (168, 178), (168, 222), (115, 87), (125, 87), (109, 91), (132, 91),
)  # fmt: skip


def _placed(
    joints: tuple[Point, ...], size: float, x: float, y: float, roll: float = 0.0
) -> tuple[Point, ...]:
    """A figure of `size` of itself, its middle at (x, y), turned by `roll` degrees clockwise."""
    places = np.array(joints)
    angle = np.deg2rad(roll)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = (places.min(0) + places.max(0)) / 2
    moved = (places - middle) * size @ turn.T + (x, y)
    return tuple((float(a), float(b)) for a, b in moved.round(1))


DRAWINGS: tuple[Drawing, ...] = (
    Drawing(
        "a red slime mushroom on grass, midday",
        depth=(
            _line((128, 206), (128, 140), r=19, grey=0.64),
            _line((66, 128), (92, 98), (128, 86), (164, 98), (190, 128), r=23, grey=0.66),
            _line((100, 118), (156, 118), r=22, grey=0.72),
        ),
    ),
    Drawing(
        "a teal wooden house on snow, sunset",
        depth=(
            _line((82, 160), (174, 160), r=17, grey=0.62),
            _line((82, 188), (174, 188), r=20, grey=0.66),
            _line((60, 136), (128, 72), (196, 136), r=13, grey=0.58),
            _line((100, 126), (156, 126), r=20, grey=0.6),
        ),
    ),
    Drawing(
        "a blue crystal sword on cobblestone, torchlight",
        depth=(
            _line((160, 44), (124, 160), r=10, grey=0.58, to=0.64),
            _line((94, 154), (152, 174), r=8, grey=0.66),
            _line((122, 166), (108, 210), r=8, grey=0.66),
        ),
    ),
    Drawing(
        "a white stone tower on sand, sunset",
        depth=(
            _line((10, 242), (246, 242), r=18, grey=0.95),
            _line((10, 214), (246, 214), r=14, grey=0.6),
            _line((128, 206), (128, 96), r=30, grey=0.58),
            _line((98, 70), (158, 70), r=15, grey=0.6),
        ),
    ),
    Drawing(
        "a green metal chest on cobblestone, moonlight",
        depth=(
            _line((78, 176), (178, 176), r=27, grey=0.68),
            _line((78, 138), (178, 138), r=21, grey=0.6),
        ),
    ),
    Drawing(
        "a yellow wooden shield, rpg icon",
        kind="isolated",
        depth=(
            _line((128, 112), (128, 150), r=62, grey=0.74),
            _line((128, 190), (128, 222), r=34, grey=0.72),
            _line((128, 122), (128, 136), r=16, grey=0.95),
        ),
    ),
    Drawing("a blue metal knight on cobblestone, midday", kind="character", pose=_WAVING),
    Drawing("a green leather ranger in the desert, sunset", kind="character", pose=_STRIDING),
    Drawing(
        "a purple leather wizard on grass, moonlight",
        kind="character",
        depth=(
            Stroke(((128, 100), (128, 214)), (22, 36), (0.62, 0.66)),
            _line((128, 64), (128, 52), r=17, grey=0.62),
        ),
        pose=_CASTING,
    ),
    Drawing(
        "a blue glass potion on grass, sunset",
        before="a red glass potion on grass, sunset",
        mask=(_line((128, 70), (128, 190), r=78, grey=1.0),),
    ),
    Drawing(
        "a red metal sword, rpg icon",
        kind="isolated",
        depth=(
            _line((52, 84), (168, 150), r=9, grey=0.6, to=0.7),
            _line((150, 172), (186, 112), r=8, grey=0.74),
            _line((172, 152), (208, 174), r=9, grey=0.74),
        ),
    ),
    Drawing(
        "a yellow glass potion on sand, midday",
        depth=(
            _line((62, 192), (62, 198), r=24, grey=0.7),
            _line((62, 172), (62, 152), r=9, grey=0.66),
        ),
    ),
    Drawing(
        "a purple stone tower on snow, midday",
        depth=(
            _line((104, 214), (150, 92), r=20, grey=0.6),
            _line((130, 78), (176, 96), r=12, grey=0.64),
        ),
    ),
    Drawing(
        "a teal crystal gem, rpg icon",
        kind="isolated",
        depth=(
            _line((78, 172), (96, 146), r=26, grey=0.74, to=0.66),
            _line((172, 182), (172, 166), r=20, grey=0.8),
            _line((150, 82), (164, 66), r=16, grey=0.6),
        ),
    ),
    Drawing(
        "a green leather shape on grass, midday",
        depth=(
            _line((88, 148), (158, 150), r=24, grey=0.62),
            _line((76, 170), (70, 208), r=9, grey=0.68),
            _line((100, 170), (104, 210), r=9, grey=0.6),
            _line((146, 172), (142, 210), r=9, grey=0.68),
            _line((168, 168), (178, 206), r=9, grey=0.6),
            _line((172, 136), (190, 100), r=12, grey=0.66),
            _line((186, 92), (214, 98), r=13, grey=0.72),
            _line((68, 140), (42, 108), (48, 84), r=6, grey=0.58),
        ),
    ),
    Drawing(
        "a red slime mushroom, rpg icon",
        kind="isolated",
        depth=(
            _line((130, 60), (126, 130), r=16, grey=0.62),
            _line((64, 140), (88, 172), (126, 184), (164, 174), (192, 144), r=20, grey=0.7),
        ),
    ),
    Drawing(
        "a teal metal hammer on cobblestone, torchlight",
        depth=(
            _line((48, 196), (162, 178), r=8, grey=0.66),
            _line((168, 146), (178, 204), r=20, grey=0.74),
        ),
    ),
    Drawing(
        "a yellow metal key, rpg icon",
        kind="isolated",
        depth=(
            _line((92, 96), (178, 182), r=7, grey=0.66),
            _line(
                (60, 84), (66, 62), (88, 56), (102, 74), (90, 94), (68, 98), (60, 84), r=8, grey=0.7
            ),
            _line((158, 168), (176, 150), r=6, grey=0.66),
            _line((174, 184), (192, 166), r=6, grey=0.66),
        ),
    ),
    Drawing(
        "a green wooden tree on grass, sunset",
        depth=(
            _line((70, 214), (92, 160), (132, 122), r=9, grey=0.62),
            _line((128, 112), (186, 88), r=34, grey=0.66, to=0.6),
        ),
    ),
    Drawing(
        "a yellow metal crown, rpg icon",
        kind="isolated",
        depth=(
            _line((150, 112), (210, 96), r=11, grey=0.72),
            _line((148, 100), (142, 66), r=7, grey=0.66),
            _line((178, 92), (170, 54), r=7, grey=0.7),
            _line((206, 84), (204, 48), r=7, grey=0.66),
        ),
    ),
    Drawing(
        "a purple slime shape, rpg icon",
        kind="isolated",
        depth=(
            _line(
                (56, 190),
                (104, 206),
                (140, 170),
                (112, 128),
                (128, 84),
                (176, 70),
                r=15,
                grey=0.6,
                to=0.74,
            ),
            _line((192, 70), (204, 72), r=20, grey=0.8),
        ),
    ),
    Drawing("a red metal knight on grass, midday", kind="character", pose=_LEAPING),
    Drawing("a yellow leather wizard on sand, sunset", kind="character", pose=_KNEELING),
    Drawing(
        "a white metal knight on snow, moonlight",
        kind="character",
        pose=_placed(_STRIDING, 0.66, 84, 160, 18),
    ),
)
