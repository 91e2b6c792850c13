"""Stages and parts of them, for tests of scene/stage: written down, and drawn by hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from studio_app.scene.body import BODIES
from studio_app.scene.camera import Camera
from studio_app.scene.mesh import Mesh, blockout
from studio_app.scene.poses import POSES
from studio_app.scene.stage.placement import Placement, axis_turn
from studio_app.scene.stage.stage import Item, Stage
from studio_app.scene.stage.things import KINDS, PARAMS, Mannequin, Solid, Thing


def cube() -> Mesh:
    """A closed box [-0.5, 0.5] x [0, 1] x [-0.5, 0.5]."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    faces = [
        (0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1),
        (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3),
    ]  # fmt: skip
    return blockout(corners, np.array(faces))


def globe(across: int = 24, down: int = 12, shuffled: bool = False) -> Mesh:
    """A sphere of diameter 1 that stands on the ground; open at its seam and poles' slivers, or shuffled."""
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, across + 1), np.linspace(0, np.pi, down + 1))
    points = np.stack([np.sin(v) * np.cos(u), np.cos(v), np.sin(v) * np.sin(u)], -1).reshape(-1, 3)
    i = np.arange(down * (across + 1)).reshape(down, -1)[:, :-1].ravel()
    below = i + across + 1
    faces = np.concatenate([np.stack([i, i + 1, below], 1), np.stack([i + 1, below + 1, below], 1)])
    if shuffled:
        faces = np.random.default_rng(1).permutation(faces)
    return blockout(points, faces)


def crowd() -> Stage:
    """A figure, a mesh, and a solid of every kind but the plane, about the origin."""
    things: list[tuple[Thing, Placement]] = [
        (Mannequin(pose=POSES["walking"]), Placement((0, 0, 0), axis_turn((0, 1, 0), 20))),
        (globe(), Placement((0.5, 0, -0.5), size=(0.4, 0.5, 0.4))),
    ]
    for k, kind in enumerate(PARAMS):
        if kind == "plane":
            continue
        angle = k * 2 * np.pi / len(PARAMS)
        at = (0.7 * float(np.cos(angle)), 0.15, 0.7 * float(np.sin(angle)))
        turn = axis_turn((1, 1, 0), 25.0 * k)
        things.append((Solid.of(kind), Placement(at, turn, (0.12, 0.15, 0.1))))
    items = tuple(Item(n, f"Thing {n}", t, p) for n, (t, p) in enumerate(things, 1))
    return Stage(Camera((0.9, 1.1, 3.2), (0, 0.4, 0), fov=30.0), items, next_id=len(items) + 1)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


def vectors(reach: float = 1000.0) -> st.SearchStrategy[Any]:
    return st.tuples(*(numbers(-reach, reach) for _ in range(3)))


def placements(uniform: bool = False, reach: float = 1000.0) -> st.SearchStrategy[Placement]:
    turns = st.tuples(*(numbers(-1, 1) for _ in range(4))).filter(
        lambda q: sum(v * v for v in q) > 0.01
    )
    size = numbers(1e-3, 1000.0)
    sizes = size.map(lambda s: (s, s, s)) if uniform else st.tuples(size, size, size)
    return st.builds(Placement, vectors(reach), turns, sizes)


def solids() -> st.SearchStrategy[Solid]:
    def of(kind: Any) -> st.SearchStrategy[Solid]:
        params = [
            st.integers(3, 24).map(float) if p.name == "Sides" else numbers(p.low, p.high)
            for p in PARAMS[kind]
        ]
        return st.tuples(*params).map(lambda values: Solid(kind, values))

    return st.sampled_from(KINDS).flatmap(of)


def mannequins() -> st.SearchStrategy[Mannequin]:
    return st.builds(
        Mannequin,
        st.sampled_from(list(BODIES.values())),
        st.sampled_from(list(POSES.values())),
        st.none() | vectors(3.0),
        st.sets(st.integers(0, 17), max_size=5).map(lambda joints: tuple(sorted(joints))),
    )


def items(number: int) -> st.SearchStrategy[Item]:
    rest = (st.booleans(), st.booleans())
    name = st.text(max_size=20).filter(
        lambda t: t == t.encode("utf-8", "replace").decode("utf-8", "replace")
    )
    solid = st.builds(Item, st.just(number), name, solids(), placements(), *rest)
    person = st.builds(Item, st.just(number), name, mannequins(), placements(uniform=True), *rest)
    mesh = st.builds(Item, st.just(number), name, st.just(cube()), placements(), *rest)
    return solid | person | mesh


def stages(most: int = 4) -> st.SearchStrategy[Stage]:
    cameras = st.builds(
        Camera,
        vectors(100.0),
        vectors(100.0),
        st.just((0.0, 1.0, 0.0)),
        st.none() | numbers(5, 110),
        numbers(0.1, 100),
    ).filter(lambda c: sum((a - b) ** 2 for a, b in zip(c.eye, c.target, strict=True)) > 0.01)
    ranges = st.none() | st.tuples(numbers(0.01, 10), numbers(11, 1000))

    def of(count: int) -> st.SearchStrategy[Stage]:
        made = st.tuples(*(items(n) for n in range(1, count + 1)))
        return st.builds(Stage, cameras, made, st.booleans(), ranges, st.just(count + 5))

    return st.integers(0, most).flatmap(of)
