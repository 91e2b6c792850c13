"""`underpaint bench export`: how long an export takes, how clean its edges are, and that it changes nothing twice."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.files import write_text_atomic
from studio_app.core.maps import Maps
from studio_app.export.mattes import cut_out
from studio_app.export.pieces import Asset
from studio_app.export.plan import make_plan
from studio_app.export.planes import largest
from studio_app.export.projects import open_project
from studio_app.export.sheets import Frame, sheet_asset
from studio_app.export.sprites import SpriteOptions, finished, sprite_asset
from studio_app.export.textures import surface_of, texture_asset
from studio_app.export.transaction import carry_out
from studio_app.export.upscale import upscaled

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

SEED = 20261128
RENDERS = 32
REEXPORTS = 1000
EDGE = 3
"""Pixels around what is partly covered, that count as a sprite's edge."""


def measure(
    model: str = "underpaint-256", renders: int = RENDERS, exports: int = REEXPORTS
) -> dict[str, float]:
    """Figures by key.

    texture_set_s: one set of 1024x1024, seven maps, from maps to the bytes of its files; median of three.
    sprite_s: one picture of 256x256 cut out, and its file; median. reexport_changed_bytes, reexport_changed_guids:
    of `exports` exports of the same things into a Unity and a Godot project. fringe_error: mean difference of
    colours, 0..1, along the edges of `renders` held-out isolated renders, cut out by the matte that the model sees
    in them, over black and over white, from the renders' own matte. fringe_error_raw: the same with the model's
    matte as it is; fringe_error_decoded and fringe_error_decoded_raw: of the pictures after the autoencoder, against
    the same truth. Where the model has no maps, no fringe figures.
    """
    figures = {"texture_set_s": _texture_set_s()}
    figures |= reexports(exports)
    return figures | fringes(model, renders)


def fringes(model: str, renders: int) -> dict[str, float]:
    """See `measure`."""
    from studio_app.engine.decoding.maps import decode_maps
    from studio_app.engine.device import best_device
    from studio_app.engine.families.registry import load_model
    from studio_app.training.judge.meter import round_trip

    loaded = load_model(model, best_device())
    if not loaded.capabilities.maps:
        return {}
    found: dict[str, list[float]] = {}
    times: list[float] = []
    for rgb, matte in _renders(loaded, renders):
        decoded, latent = round_trip(loaded, rgb)
        alpha = decode_maps(loaded.maps, latent, loaded.device, (False, False)).alpha
        began = time.perf_counter()
        cut = cut_out(rgb, alpha).rgba()
        sprite_asset("thing", finished(cut, SpriteOptions()))
        times.append(time.perf_counter() - began)
        for key, pixels in {
            "fringe_error": cut,
            "fringe_error_raw": _raw(rgb, alpha),
            "fringe_error_decoded": cut_out(decoded, alpha).rgba(),
            "fringe_error_decoded_raw": _raw(decoded, alpha),
        }.items():
            found.setdefault(key, []).append(fringe(pixels, rgb, matte))
    means = {key: statistics.fmean(values) for key, values in found.items()}
    return means | {"sprite_s": statistics.median(times)}


def fringe(pixels: Pixels, rgb: Pixels, matte: Pixels) -> float:
    """How far a cut-out [H, W, 4] is from a render over mid grey [H, W, 3] and its own matte [H, W], 0..1."""
    cover = (matte / np.float32(255))[..., None]
    thing = np.clip(rgb / np.float32(255) - (1 - cover) * np.float32(0.5), 0, 1)
    alpha = (pixels[..., 3] / np.float32(255))[..., None]
    edge = largest(((matte > 0) & (matte < 255)).astype(np.float32), EDGE) > 0
    errors: list[float] = []
    for ground in (0.0, 1.0):
        wanted = thing + (1 - cover) * ground
        got = pixels[..., :3] / np.float32(255) * alpha + (1 - alpha) * ground
        errors.append(float(np.abs(got - wanted)[edge].mean()))
    return statistics.fmean(errors)


def reexports(count: int) -> dict[str, float]:
    """See `measure`."""
    changed, guids = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for make in (_unity, _godot):
            root = Path(folder) / make.__name__
            make(root)
            project = open_project(root)
            before: dict[str, bytes] = {}
            # Three things into two projects, once, and then again and again.
            for turn in range(-(-count // 6) + 1):
                for asset in _assets():
                    plan = make_plan(asset, project)
                    carry_out(plan, {asked.key: asked.choices[0].id for asked in plan.questions})
                if turn == 0:
                    before = _files(root)
            after = _files(root)
            for name in before.keys() | after.keys():
                old, new = before.get(name, b""), after.get(name, b"")
                changed += abs(len(old) - len(new)) + sum(
                    a != b for a, b in zip(old, new, strict=False)
                )
                guids += name.endswith(".meta") and _guid(old) != _guid(new)
    return {"reexport_changed_bytes": float(changed), "reexport_changed_guids": float(guids)}


def _texture_set_s() -> float:
    maps = _maps(1024)
    return _median(lambda: texture_asset("bricks", surface_of(maps, "texture")), 3)


def _median(work: Callable[[], Any], repeats: int) -> float:
    times: list[float] = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def _maps(side: int) -> Maps:
    """Of a rough surface that wraps, with the grain that pictures have."""
    generator = np.random.default_rng(SEED)
    large = upscaled(generator.random((side // 4, side // 4, 3), np.float32), 4, tiles=(True, True))
    grain = generator.normal(0, 0.01, (side, side, 3)).astype(np.float32)
    colour = np.clip(large + grain, 0, 1).astype(np.float32)
    height = colour[..., 0]
    right, down = (np.roll(height, 1, axis) - np.roll(height, -1, axis) for axis in (1, 0))
    normal = np.dstack([right, -down, np.ones_like(height)])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    whole = np.ones_like(height)
    return Maps(whole, height, normal, colour, colour[..., 1], colour[..., 2])


def _renders(model: Any, count: int) -> Iterator[tuple[Pixels, Pixels]]:
    """Isolated renders that no model learns from, and their mattes."""
    from studio_app.training.judge.meter import world_of
    from studio_app.training.world.compose import sample_spec
    from studio_app.training.world.samples import make_samples

    known, size = world_of(model), model.capabilities.sizes[0][0]
    for i in range(count):
        spec = sample_spec(np.random.default_rng([SEED, i]), "val", known, (1, 1), "isolated")
        sample = make_samples([spec], size, 1.5, "cpu", maps=True)[0]
        yield sample.rgb, sample.maps["alpha"]


def _raw(rgb: Pixels, alpha: Plane) -> Pixels:
    return np.dstack([rgb, np.rint(alpha * 255).astype(np.uint8)])


def _assets() -> list[Asset]:
    """Made anew each time: what is the same must come out the same."""
    ys, xs = np.mgrid[0:48, 0:48]
    disc = np.clip(18.5 - np.hypot(xs - 24, ys - 24), 0, 1)
    thing = np.dstack([xs * 5, ys * 5, 255 - xs * 5, disc * 255]).astype(np.uint8)
    frames = [Frame(f"turn_{i}", np.rot90(thing, i).copy(), "turn") for i in range(4)]
    return [
        sprite_asset("a potion", finished(thing, SpriteOptions(pivot="bottom"))),
        sheet_asset("a hero", frames, texts=("texturepacker",)),
        texture_asset("bricks", surface_of(_maps(32), "texture")),
    ]


def _unity(root: Path) -> None:
    write_text_atomic(root / "ProjectSettings/ProjectVersion.txt", "m_EditorVersion: 6000.2.1f1\n")
    (root / "Assets").mkdir()


def _godot(root: Path) -> None:
    features = 'config/features=PackedStringArray("4.7", "Forward Plus")'
    write_text_atomic(
        root / "project.godot",
        f'config_version=5\n\n[application]\n\nconfig/name="bench"\n{features}\n',
    )


def _files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _guid(meta: bytes) -> bytes:
    return next((line for line in meta.splitlines() if line.startswith(b"guid:")), b"")
