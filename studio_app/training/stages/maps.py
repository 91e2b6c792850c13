"""The maps decoder: matte, depth and surface from the very latents that pictures are decoded from.

The encoder is frozen, and only its latents are seen here: a maps decoder stays valid as long as they do. It
learns from pictures of its own (`underpaint train data --split maps`), whose shards hold what the renderer knows, and
from what the run's student makes of their latents, as far as [maps] says so.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderDC
from torch import Tensor
from torch.nn import functional as F

from studio_app.core.errors import StudioError
from studio_app.engine.decoding.maps import LAYOUT, decode_maps, read_maps
from studio_app.engine.device import Device
from studio_app.engine.operators.tiling import circular_padding
from studio_app.training.corpus import open_vae
from studio_app.training.data import KINDS, Pictures, open_pictures
from studio_app.training.device import choose_device
from studio_app.training.gradients import Compiler
from studio_app.training.latents import TEXTURE, Variant, cached_latents, encoder_digest
from studio_app.training.loop import Draw, Run
from studio_app.training.losses import laplacian_terms
from studio_app.training.map_figures import COLUMNS, MapFigures
from studio_app.training.networks import LATENT_SCALE, frozen, make_maps, placed
from studio_app.training.progress import Progress, say_figures
from studio_app.training.recipe import Maps, Recipe
from studio_app.training.sheet import save_rows
from studio_app.training.stages.autoencoder import to_signed
from studio_app.training.stages.grounds import Redrawn, ground_loss, held_loss
from studio_app.training.stages.latents_of import begin_from, finished_decoder, remember_encoder
from studio_app.training.stages.softening import softened
from studio_app.training.stages.student import (
    Inventions,
    open_inventions,
    open_redrawn,
)
from studio_app.training.stages.windows import Window, Windowed, cut

STAGE = "maps"


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Trains (or goes on training) on `data`/maps; returns the stage's folder, `out`/maps.

    The encoder is `start`'s where a checkpoint folder is given, else this run's own; it begins from a `maps/` of that
    folder that reads the same latents. Raises StudioError.
    """
    folder = out / STAGE
    device = choose_device(recipe.device)
    vae = open_vae(recipe, out, start, device)
    pictures = _open(data)
    remember_encoder(folder, encoder_digest(vae))
    made = None
    if recipe.maps.guessed:
        made = open_inventions(recipe, pictures.folder, out, start, vae, progress, draws=False)
    source = Source.encoded(recipe, vae, pictures, out / "latents", progress, made)
    grounds, assets = _redrawn(recipe, source, out, start, vae, progress)
    torch.manual_seed(recipe.seed)
    network = placed(make_maps(recipe.maps), device)
    if start is None or not begin_from(network, start / STAGE, encoder_digest(vae)):
        assets = None  # nothing was said of them that could be held to
    before = Windowed(frozen(copy.deepcopy(network)).decoder)
    if not recipe.maps.plan.compile:  # 1.4 times as fast on a CPU; compiled it is many times slower
        for parameter in network.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    compiler = Compiler(recipe.maps.plan.compile)
    windowed = Windowed(network.decoder)
    forward = compiler(windowed)

    def loss(draw: Draw) -> dict[str, Tensor]:
        z, truth, wraps, window = source.draw(recipe.maps, draw)
        with circular_padding((network.decoder,), wraps, wraps):
            decoding = windowed if wraps else forward
            raw = decoding(softened(z, recipe.maps, draw), *window)
        parts = maps_loss(raw.float(), truth, recipe.maps)
        if grounds is not None:
            z, window, rows = grounds.draw(recipe.maps.redrawn, draw)
            found = forward(softened(z, recipe.maps, draw), *window)[:, LAYOUT["depth"]].float()
            depth, subject = (grounds.plane(name, rows, window) for name in ("depth", "subject"))
            parts["ground"] = ground_loss(found, depth, subject, recipe.maps.distant)
            parts["loss"] = parts["loss"] + parts["ground"]
        if assets is not None:
            z, window, _ = assets.draw(recipe.maps.held, draw)
            with torch.no_grad():
                wanted = before(z, *window).float()
            parts["held"] = held_loss(forward(z, *window).float(), wanted)
            parts["loss"] = parts["loss"] + parts["held"]
        return parts

    def sample(step: int) -> None:
        figures = source.measure(network)
        if len(source.latents) > 2:
            figures |= {f"returned_{k}": v for k, v in source.measure(network, 2).items()}
        say_figures(progress, folder, step, figures)
        source.save_sheet(network, folder / "sheet.png")

    Run(
        folder=folder,
        plan=recipe.maps.plan,
        modules={STAGE: network},
        loss=loss,
        device=device,
        seed=recipe.seed,
        autocast=recipe.autocast,
        compiler=compiler,
        sample=sample,
        progress=progress,
    ).run()
    return folder


def trained(recipe: Recipe, out: Path) -> AutoencoderDC | None:
    """The decoder of the run in `out` with averaged weights, or None; its config says of which latents it is."""
    return finished_decoder(make_maps(recipe.maps), out / STAGE, STAGE)


@dataclass(frozen=True, eq=False)
class Source:
    """Latents [2 + R, N, 4, h, w] (of the pictures, of their mirror images, and as a student returned them R times) and
    the pictures they are of.

    kinds: of each, an index into KINDS. rows: those to train on, of all kinds but texture and of texture. held:
    those that are only measured.
    """

    latents: Tensor
    pictures: Pictures
    kinds: np.ndarray
    rows: tuple[np.ndarray, np.ndarray]
    held: np.ndarray
    device: torch.device

    @classmethod
    def encoded(
        cls,
        recipe: Recipe,
        vae: AutoencoderDC,
        pictures: Pictures,
        cache: Path,
        progress: Progress | None,
        made: Inventions | None = None,
    ) -> Source:
        """Of pictures, whose latents are made, or found in the folder `cache`; made: what a student returned of them.
        The last eighth of the pictures, 64 at most, is held."""
        found = [
            cached_latents(
                vae, pictures, cache, Variant(m), autocast=recipe.autocast, progress=progress
            )
            for m in (False, True)
        ]
        count = len(pictures)
        held = np.arange(count - min(64, max(1, count // 8)), count)
        kinds = pictures.kinds()
        textures = kinds[: held[0]] == TEXTURE
        if vae.device.type == "cuda":  # no transfer while training
            pictures = pictures.on(vae.device, (*COLUMNS, "rgb"))
        return cls(
            torch.stack([*found, *([] if made is None else made.returned)]).to(vae.device),
            pictures,
            kinds,
            (np.flatnonzero(~textures), np.flatnonzero(textures)),
            held,
            vae.device,
        )

    def draw(self, settings: Maps, draw: Draw) -> tuple[Tensor, Truth, bool, Window]:
        """Latents [B, 4, s, s], what they are to become [B, ..., 8s, 8s], whether they wrap round, and, of whole
        latents, where what they become lies in them.

        A batch is all textures or none, at their natural shares. Some are mirrored; whole textures begin anywhere.
        """
        height, width = self.pictures.size
        size = [size for begin, size in settings.crops if draw.fraction >= begin][-1]
        size = min(size, height, width)
        number = max(1, round(draw.size * (settings.crops[0][1] / size) ** 2))
        others, textures = self.rows
        of_texture = draw.choices.random() < len(textures) / (len(textures) + len(others))
        indices = draw.choices.choice(textures if of_texture else others, number)
        tops = LATENT_SCALE * draw.choices.integers(0, (height - size) // LATENT_SCALE + 1, number)
        lefts = LATENT_SCALE * draw.choices.integers(0, (width - size) // LATENT_SCALE + 1, number)
        turns = draw.choices.integers(0, 2, number)
        if len(self.latents) > 2:
            guessed = draw.choices.random(number) < settings.guessed
            turns = np.where(guessed, draw.choices.integers(2, len(self.latents), number), turns)
        mirrored = turns == 1
        # What lies at `left` of the mirror image ends at `width - left` of the picture.
        columns = self.pictures.crops(
            indices, tops, np.where(mirrored, width - size - lefts, lefts), size, COLUMNS
        )
        truth = Truth.of(dict(zip(COLUMNS, columns, strict=True)), of_texture, self.device)
        truth = truth.mirrored(torch.from_numpy(mirrored).to(self.device))
        cells = size // LATENT_SCALE
        window = (tops // LATENT_SCALE).tolist(), (lefts // LATENT_SCALE).tolist()
        places = torch.from_numpy(turns), torch.from_numpy(indices)
        z = self.latents[tuple(place.to(self.latents.device) for place in places)].float()
        whole = size == height == width
        if not settings.whole or whole:
            z, window = cut(z, *window, cells), ()
        wraps = of_texture and whole
        if wraps:
            down, right = (int(n) for n in draw.choices.integers(0, cells, 2))
            z = z.roll((down, right), (2, 3))
            truth = truth.rolled(LATENT_SCALE * down, LATENT_SCALE * right)
        return z, truth, wraps, (*window, cells) if window else ()

    def measure(self, network: AutoencoderDC, turn: int = 0) -> dict[str, float]:
        """Figures (see `MapFigures`) over the pictures that it does not learn from. turn: which of their latents."""
        place = Device(self.device, torch.float32)
        found = MapFigures()
        for i in self.held:
            wraps = bool(self.kinds[i] == TEXTURE)
            maps = decode_maps(network, self.latents[turn, i][None], place, (wraps, wraps))
            truth = {name: self.pictures.take(name, [i])[0].cpu().numpy() for name in COLUMNS}
            found.add(maps, KINDS[self.kinds[i]], truth)
        return found.figures()

    def save_sheet(self, network: AutoencoderDC, path: Path) -> None:
        """Eight held-out pictures; then alpha, depth, normals, albedo, roughness: as they are, as decoded."""
        rows = self.held[np.unique(np.linspace(0, len(self.held) - 1, 8).astype(np.int64))]
        columns = {name: self.pictures.take(name, rows) for name in COLUMNS}
        truth = Truth.of(columns, False, self.device)
        found = read_maps(network.decoder(self.latents[0, torch.from_numpy(rows)].float()))
        lines = [to_signed(self.pictures.take("rgb", rows))]
        for name in ("alpha", "depth", "normal", "albedo", "roughness"):
            for planes in (getattr(truth, name), found[name]):
                shown = planes if name == "normal" else planes * 2 - 1
                lines.append(shown.expand(-1, 3, -1, -1).cpu())
        save_rows(path, [line.cpu() for line in lines])


@dataclass(frozen=True, eq=False)
class Truth:
    """What the renderer knows, float [B, 1 or 3, H, W]; names and ranges as in `core.maps.Maps`.

    surface: how much of a surface the pixel holds (0..1: none in a sky); the colours beside it are not
    multiplied by it. faces: 1 where there is a normal. subject: coverage of the subject.
    """

    alpha: Tensor
    depth: Tensor
    normal: Tensor
    albedo: Tensor
    roughness: Tensor
    metallic: Tensor
    surface: Tensor
    faces: Tensor
    subject: Tensor

    @classmethod
    def of(cls, columns: Mapping[str, Tensor], of_texture: bool, device: torch.device) -> Truth:
        """From the columns of a shard, uint8. of_texture: its lowest point is no background."""

        def plane(name: str) -> Tensor:
            values = columns[name].to(device).float() / 255
            return values.permute(0, 3, 1, 2) if values.ndim == 4 else values[:, None]

        alpha, depth, packed = plane("alpha"), plane("depth"), plane("normals")
        surface = alpha if of_texture else alpha * (depth > 0)
        whole = alpha.clamp_min(1 / 255)
        faces = (packed.amax(1, keepdim=True) > 0).float()
        return cls(
            alpha=alpha,
            depth=depth,
            normal=F.normalize(packed * 2 - 1, dim=1) * faces,
            albedo=(plane("albedo") / whole).clamp(0, 1),
            roughness=(plane("roughness") / whole).clamp(0, 1),
            metallic=(plane("metallic") / whole).clamp(0, 1),
            surface=surface,
            faces=faces * surface,
            subject=plane("subject"),
        )

    def mirrored(self, which: Tensor) -> Truth:
        """Those of the batch that `which` [B] says, as in a mirror: a normal's x changes its sign."""
        chosen = which[:, None, None, None]
        turned = self._each(lambda plane: torch.where(chosen, plane.flip(3), plane))
        sign = turned.normal.new_tensor([-1.0, 1.0, 1.0]).view(1, 3, 1, 1)
        values = turned.__dict__ | {
            "normal": torch.where(chosen, turned.normal * sign, turned.normal)
        }
        return Truth(**values)

    def rolled(self, down: int, right: int) -> Truth:
        return self._each(lambda plane: plane.roll((down, right), (2, 3)))

    def _each(self, change: Callable[[Tensor], Tensor]) -> Truth:
        return Truth(**{name: change(plane) for name, plane in self.__dict__.items()})


def maps_loss(raw: Tensor, truth: Truth, settings: Maps) -> dict[str, Tensor]:
    """Losses by map, of raw channels [B, 10, H, W] (`engine.maps.LAYOUT`), and "loss", their weighted sum.

    Normals and colours count only where there is a surface, and more on the subject.
    """
    found = {name: raw[:, place] for name, place in LAYOUT.items()}
    weight = 1 + settings.subject_weight * truth.subject
    # A matte is decided along its edge, and a thin blade is all edge.
    wide = F.max_pool2d(truth.alpha, 3, 1, 1) + F.max_pool2d(-truth.alpha, 3, 1, 1)
    alpha = F.binary_cross_entropy_with_logits(found["alpha"], truth.alpha, 1 + 4 * wide)
    depth_error = found["depth"] - truth.depth
    depth = _mean(_both(depth_error, settings.distant), weight) + 0.5 * laplacian_terms(depth_error)
    cosine = (F.normalize(found["normal"], dim=1, eps=1e-3) * truth.normal).sum(1, keepdim=True)
    # The plain difference keeps the length near 1, where the cosine's gradient is tame.
    distance = (found["normal"] - truth.normal).abs().mean(1, keepdim=True)
    normal = _mean(1 - cosine + 0.5 * distance, weight * truth.faces)
    on = weight * truth.surface
    albedo_error = found["albedo"] - truth.albedo
    albedo = _mean(_both(albedo_error).mean(1, keepdim=True), on)
    albedo = albedo + 0.25 * laplacian_terms(albedo_error * truth.surface)
    gloss = sum(
        (_mean(_both(found[k] - getattr(truth, k)), on) for k in ("roughness", "metallic")),
        raw.new_zeros(()),
    )
    return {
        "loss": alpha + 2 * depth + normal + 2 * albedo + 0.5 * gloss,
        "alpha": alpha,
        "depth": depth,
        "normal": normal,
        "albedo": albedo,
        "gloss": gloss,
    }


def _both(error: Tensor, distant: float = 2.0) -> Tensor:
    """L1, which is sharp, and L2, which minds what is far off."""
    return error.abs() + distant * error.square()


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp_min(1)


def _redrawn(
    recipe: Recipe,
    source: Source,
    out: Path,
    start: Path | None,
    vae: AutoencoderDC,
    progress: Progress | None,
) -> tuple[Redrawn | None, Redrawn | None]:
    """What the student redraws of the pictures to train on, as far as [maps] asks for it: what stands on a ground, and
    what is isolated. None where there is no student, or nothing of a kind."""
    settings = recipe.maps
    made = None
    if settings.redrawn or settings.held:
        made = open_redrawn(recipe, source.pictures.folder, out, start, vae, progress)
    if made is None:
        return None, None
    latents, kinds = made.to(source.device), source.kinds[: source.held[0]]
    isolated = KINDS.index("isolated")
    grounds = np.flatnonzero((kinds != TEXTURE) & (kinds != isolated))
    of_both = (settings.redrawn, grounds), (settings.held, np.flatnonzero(kinds == isolated))
    first, second = (
        Redrawn(latents, source.pictures, rows) if count and len(rows) else None
        for count, rows in of_both
    )
    return first, second


def _open(data: Path) -> Pictures:
    pictures = open_pictures(data, "maps")
    missing = [name for name in COLUMNS if name not in pictures.shards[0]]
    if missing:
        raise StudioError(
            "These pictures have no maps",
            f"{pictures.folder} lacks {', '.join(missing)}",
            f"Make some that have: underpaint train data --split maps --recipe FILE --data {data}",
        )
    return pictures
