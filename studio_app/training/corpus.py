"""What a denoiser's batch is made of: latents, prompts and drawings, cached or drawn on the spot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderDC, T2IAdapter
from torch import Tensor
from torch.nn import functional as F

from studio_app.training.checkpoints import load_model_weights
from studio_app.training.controls import draw_poses, mirrored_joints
from studio_app.training.covering import draw_mixed
from studio_app.training.data import Pictures, open_pictures
from studio_app.training.latents import TEXTURE, Variant, cached_latents, warps_of
from studio_app.training.loop import Draw
from studio_app.training.networks import frozen, make_vae, placed
from studio_app.training.progress import Progress
from studio_app.training.prompts import Prompter
from studio_app.training.recipe import Drawn, Dropout, Recipe
from studio_app.training.stages.autoencoder import STAGE as AUTOENCODER
from studio_app.training.warps import Warp, warped_joints, warped_plane

AS_RENDERED = -1
"""The number of the warp of a picture that is not warped."""


@dataclass(frozen=True)
class Drawings:
    """Pictures [R,C,H,W] for an adapter, the rows [R] of the batch they belong to, and how strongly
    [R] each acts. A row without a drawing has no control at all."""

    rows: Tensor
    pictures: Tensor
    strength: Tensor

    def halved(self) -> Drawings:
        """The same at half the size."""
        return replace(self, pictures=F.avg_pool2d(self.pictures, 2))


@dataclass(frozen=True)
class Batch:
    """latents [B,4,h,w]; indices of the pictures; ids [B,L] of their prompts; wraps: all are textures.

    flips, turns [B]: which are mirrored, and by which warp each is moved; None: none is.
    """

    latents: Tensor
    indices: np.ndarray
    ids: Tensor
    depth: Drawings
    pose: Drawings
    wraps: bool
    flips: np.ndarray | None = None
    turns: np.ndarray | None = None


@dataclass(frozen=True)
class Warped:
    """All pictures once more, each by its own warp: their latents [N,4,h,w]."""

    latents: Tensor
    warps: Sequence[Warp]


@dataclass
class Corpus:
    """The training pictures as a denoiser sees them. Made by `open_corpus`."""

    pictures: Pictures
    latents: Tensor
    mirrored: Tensor | None
    halved: Tensor | None
    joints: np.ndarray
    kinds: np.ndarray
    prompter: Prompter
    dropout: Dropout
    device: torch.device
    drawn: Drawn = field(default_factory=Drawn)
    warped: Sequence[Warped] = ()

    def __post_init__(self) -> None:
        self._textures = np.flatnonzero(self.kinds == TEXTURE)
        self._others = np.flatnonzero(self.kinds != TEXTURE)
        self._needed = self.pictures.needed()
        plain = self._others[~self._needed[self._others]]
        self._plain = plain if len(plain) else self._others
        self._peopled = self.joints[:, :, 2].sum(1) > 0

    def description(self) -> dict[str, Any]:
        """How many pictures, the world's words by slot, and every word of the captions."""
        said = {w for texts in self.pictures.captions for text in texts for w in words_of(text)}
        words = self.pictures.world.get("words", {})
        return {"pictures": len(self.pictures), "words": words, "said": sorted(said)}

    @property
    def has_others(self) -> bool:
        """Whether there is anything but textures."""
        return len(self._others) > 0

    def draw(self, draw: Draw, half: bool = False) -> Batch:
        """One batch: all textures (which need circular padding) or none, at their natural shares.

        Of the others, `drawn.needed` are pictures that only a drawing describes, where there are any. half: pictures
        and drawings of half the size, never mirrored or warped.
        """
        indices, flips, turns = self._chosen(draw, half)
        return self._batch(indices, flips, draw, half, turns)

    def plain(self, draw: Draw) -> np.ndarray:
        """The indices of a batch that words alone describe, textures aside."""
        return self._plain[draw.choices.integers(0, len(self._plain), draw.size)]

    def _chosen(self, draw: Draw, half: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The indices of a batch, which of them are mirrored, and the warp of each."""
        choices, count = draw.choices, draw.size
        wraps = bool(choices.random() * len(self.kinds) < len(self._textures))
        pool = self._textures if wraps else self._plain
        indices = pool[choices.integers(0, len(pool), count)]
        turns = np.full(count, AS_RENDERED)
        loose = self._others[self._needed[self._others]]
        copies = 0 if half else len(self.warped) * len(self._others)
        if not wraps and len(loose) + copies:
            for row in np.flatnonzero(choices.random(count) < self.drawn.needed):
                place = int(choices.integers(len(loose) + copies))
                if place < len(loose):
                    indices[row] = loose[place]
                else:
                    turns[row], other = divmod(place - len(loose), len(self._others))
                    indices[row] = self._others[other]
        mirror = self.dropout.mirror if self.mirrored is not None and not half else 0
        flips = (choices.random(count) < mirror) & (turns == AS_RENDERED)
        return indices, flips, turns

    def in_order(self, size: int) -> Iterator[np.ndarray]:
        """The indices of all pictures in parts of at most `size`, textures after the others."""
        for pool in (self._others, self._textures):
            for start in range(0, len(pool), size):
                yield pool[start : start + size]

    def batch_of(self, indices: np.ndarray, draw: Draw) -> Batch:
        """These pictures, all textures or none and never mirrored, with prompts and drawings by chance."""
        return self._batch(indices, np.zeros(len(indices), bool), draw)

    def _batch(
        self,
        indices: np.ndarray,
        flips: np.ndarray,
        draw: Draw,
        half: bool = False,
        turns: np.ndarray | None = None,
    ) -> Batch:
        turns = np.full(len(indices), AS_RENDERED) if turns is None else turns
        needed = self._needed[indices] | (turns != AS_RENDERED)
        chance = draw.choices.random(len(indices))
        has_pose = (draw.choices.random(len(indices)) >= self.dropout.pose) & self._peopled[indices]
        has_depth = chance < np.where(needed, self.drawn.asked, 1 - self.dropout.depth)
        has_depth |= needed & ~has_pose  # never by words alone
        depth = self._depth(np.flatnonzero(has_depth), indices, flips, turns, draw)
        pose = self._pose(np.flatnonzero(has_pose), indices, flips, turns, draw)
        if half:
            depth, pose = depth.halved(), pose.halved()
        return Batch(
            self._half(indices) if half else self._latents(indices, flips, turns),
            indices,
            self.prompter.positives(indices, draw.choices).to(self.device),
            depth,
            pose,
            bool(self.kinds[indices[0]] == TEXTURE),
            flips,
            turns,
        )

    def _half(self, indices: np.ndarray) -> Tensor:
        assert self.halved is not None
        rows = torch.from_numpy(indices).to(self.halved.device)
        return self.halved[rows].to(self.device, torch.float32)

    def _latents(self, indices: np.ndarray, flips: np.ndarray, turns: np.ndarray) -> Tensor:
        rows = torch.from_numpy(indices).to(self.latents.device)
        latents = self.latents[rows]
        for turn, copy in enumerate(self.warped):
            on = torch.from_numpy(np.flatnonzero(turns == turn)).to(self.latents.device)
            latents[on] = copy.latents[rows[on]]
        if self.mirrored is not None and flips.any():
            on = torch.from_numpy(flips).to(self.latents.device)[:, None, None, None]
            latents = torch.where(on, self.mirrored[rows], latents)
        return latents.to(self.device, torch.float32)

    def _depth(
        self,
        rows: np.ndarray,
        indices: np.ndarray,
        flips: np.ndarray,
        turns: np.ndarray,
        draw: Draw,
    ) -> Drawings:
        strength = self._strengths(len(rows), draw.choices)
        depth, subject = (
            self._turned(
                self._flipped(name, indices[rows], flips[rows]), indices[rows], turns[rows]
            )
            for name in ("depth", "subject")
        )
        if len(rows):
            pictures = draw_mixed(depth, subject, draw.generator, draw.choices, self.drawn)
        else:
            pictures = depth.new_zeros(0, 2, *depth.shape[1:]).float()
        return Drawings(self._there(rows), pictures, strength)

    def _pose(
        self,
        rows: np.ndarray,
        indices: np.ndarray,
        flips: np.ndarray,
        turns: np.ndarray,
        draw: Draw,
    ) -> Drawings:
        strength = self._strengths(len(rows), draw.choices)
        height, width = self.pictures.size
        joints = self.joints[indices[rows]]
        for place in np.flatnonzero(turns[rows] != AS_RENDERED):
            warp = self.warped[turns[rows][place]].warps[indices[rows][place]]
            joints[place] = warped_joints(joints[place][None], [warp], width, height)[0]
        joints = np.where(flips[rows][:, None, None], mirrored_joints(joints, width), joints)
        pictures = draw_poses(joints, width, draw.choices, self.device)
        return Drawings(self._there(rows), pictures, strength)

    def _flipped(self, name: str, indices: np.ndarray, flips: np.ndarray) -> Tensor:
        if not len(indices):
            return torch.zeros(0, *self.pictures.size, device=self.device)
        column = self.pictures.take(name, indices).to(self.device)
        if not flips.any():
            return column
        return torch.where(self._there(flips)[:, None, None], column.flip(2), column)

    def _turned(self, plane: Tensor, indices: np.ndarray, turns: np.ndarray) -> Tensor:
        on = np.flatnonzero(turns != AS_RENDERED)
        if len(on):
            warps = [self.warped[turns[i]].warps[indices[i]] for i in on]
            there = self._there(on)
            plane = plane.clone()
            plane[there] = warped_plane(plane[there], warps)
        return plane

    def _strengths(self, count: int, choices: np.random.Generator) -> Tensor:
        """1, or now and then 0 or 0.3 to 1, so that the strength slider is known ground."""
        some = choices.random(count) < self.dropout.strength
        less = np.where(choices.random(count) < 0.15, 0.0, choices.uniform(0.3, 1.0, count))
        return self._there(np.where(some, less, 1.0).astype(np.float32))

    def _there(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device, non_blocking=True)


def words_of(text: str) -> list[str]:
    """The words of a caption, without its punctuation."""
    return [word for raw in text.lower().split() if (word := raw.strip(",.;:!?()"))]


def features(batch: Batch, depth: T2IAdapter, pose: T2IAdapter) -> list[Tensor] | None:
    """The adapters' summed features, each times its strength; None where nothing is drawn."""
    total: list[Tensor] | None = None
    for adapter, drawn in ((depth, batch.depth), (pose, batch.pose)):
        if not len(drawn.rows):
            continue
        scale = drawn.strength.view(-1, 1, 1, 1)
        placed = [
            f.new_zeros(len(batch.latents), *f.shape[1:]).index_copy(
                0, drawn.rows, (f * scale).to(f.dtype)
            )
            for f in adapter(drawn.pictures)
        ]
        total = placed if total is None else [a + b for a, b in zip(total, placed, strict=True)]
    return total


def open_vae(recipe: Recipe, out: Path, start: Path | None, device: torch.device) -> AutoencoderDC:
    """The run's own frozen autoencoder, else the one of the checkpoint `start`. Raises StudioError."""
    vae = make_vae(recipe.autoencoder)
    folder = out / AUTOENCODER / "vae"
    if start is not None and not folder.exists():
        load_model_weights(start / "vae", vae)
    else:
        load_model_weights(folder, vae, "Train it first: underpaint train autoencoder")
    frozen(vae)
    return placed(vae, device)


def open_corpus(
    recipe: Recipe,
    data: Path,
    out: Path,
    vae: AutoencoderDC,
    tokenizer: Any,
    progress: Progress | None = None,
    split: str = "train",
    half: bool = False,
) -> Corpus:
    """Opens the pictures of a split and makes (or finds) their latents; with `half`, also at half size."""
    pictures = open_pictures(data, split)
    device = vae.device

    def latents(variant: Variant) -> Tensor:
        folder = out / "latents"
        return cached_latents(
            vae, pictures, folder, variant, autocast=recipe.autocast, progress=progress
        )

    plain = latents(Variant())
    mirrored = latents(Variant(mirrored=True)) if recipe.dropout.mirror > 0 else None
    halved = latents(Variant(halved=True)) if half else None
    warped = [(latents(Variant(turn=turn)), turn) for turn in range(recipe.drawn.warps)]
    kinds = pictures.kinds()
    joints = pictures.small("joints").numpy()
    if device.type == "cuda":
        pictures = pictures.on(device, ("depth", "subject"))
        plain = plain.to(device)
        mirrored = None if mirrored is None else mirrored.to(device)
        halved = None if halved is None else halved.to(device)
        warped = [(copy.to(device), turn) for copy, turn in warped]
    prompter = Prompter(tokenizer, pictures.captions, kinds, recipe.dropout, recipe.text.tokens)
    return Corpus(
        pictures,
        plain,
        mirrored,
        halved,
        joints,
        kinds,
        prompter,
        recipe.dropout,
        device,
        recipe.drawn,
        [Warped(copy, warps_of(pictures, turn)) for copy, turn in warped],
    )
