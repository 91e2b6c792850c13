"""The judge: a small network that reads off a picture what a caption would say, its depth and its joints.

Its slots are the world's label columns: kind, thing, material, colour, light and ground in the core world.

It is trained on pictures of its own (`underpaint train data --split probe`: other seeds than the
model's), and never used in a loss or to choose a checkpoint. Pictures are read at 64x64: a step there
is a quarter of one at 128x128, and what words, colours and poses are shows as well.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from studio_app.core.files import write_text_atomic
from studio_app.training.checkpoints import averaged_weights, save_weights
from studio_app.training.controls import mirrored_joints
from studio_app.training.data import Pictures, open_pictures
from studio_app.training.device import choose_device
from studio_app.training.latents import TEXTURE
from studio_app.training.loop import Draw, Run
from studio_app.training.networks import placed
from studio_app.training.progress import Progress, say_figures
from studio_app.training.recipe import Recipe
from studio_app.training.stages.autoencoder import to_signed
from studio_app.training.stages.probe_network import GRID, SIDE, Probe, Reading, both_ways

STAGE = "probe"
SLOT_BAR, DEPTH_BAR, JOINT_BAR = 0.97, 0.03, 0.95
"""From which it may judge others, on renders it has not learnt from: accuracy of a slot, depth RMSE, PCK@0.1."""


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Trains (or goes on training) and writes `out`/probe/probe.safetensors; returns that file.

    start is not used: a judge owes nothing to what it judges. Raises StudioError.
    """
    del start
    device, folder = choose_device(recipe.device), out / STAGE
    torch.manual_seed(recipe.seed + 3)
    pictures, held_out = open_pictures(data, STAGE), open_pictures(data, "val")
    names: dict[str, list[str]] = pictures.world["words"]
    words = {slot: len(known) for slot, known in names.items()}
    probe = placed(Probe(words, recipe.probe.channels), device)
    labels, joints = pictures.small("labels").long(), pictures.small("joints")
    height, width = pictures.size
    # In a mirror "left of" is wrong; a world without such words has twice as many pictures.
    mirrored = 0.0 if "relation" in names else 0.5

    def loss(draw: Draw) -> dict[str, Tensor]:
        rows = draw.choices.integers(0, len(pictures), draw.size)
        flips = draw.choices.random(draw.size) < mirrored
        planes = [pictures.take(name, rows).to(device) for name in ("depth", "subject")]
        x, maps, figures = flipped(
            small(pictures.take("rgb", rows).to(device)),
            F.interpolate(torch.stack(planes, 1).float() / 255, (SIDE, SIDE), mode="area"),
            joints[rows] * joints.new_tensor([SIDE / width, SIDE / height, 1]),
            flips,
            SIDE,
        )
        x, maps, figures = nearer(x, maps, figures.to(device), draw)
        return probe_loss(probe(augmented(x, draw)), labels[rows].to(device), maps, figures)

    def sample(step: int) -> None:
        say_figures(progress, folder, step, measure(probe, held_out))

    Run(
        folder=folder,
        plan=recipe.probe.plan,
        modules={"probe": probe},
        loss=loss,
        device=device,
        seed=recipe.seed + 3,
        autocast=recipe.autocast,
        sample=sample,
        progress=progress,
    ).run()
    weights = averaged_weights(folder, "probe")
    assert weights is not None
    path = folder / "probe.safetensors"
    save_weights(path, weights, torch.float16)
    table = {"words": names, "channels": recipe.probe.channels}
    write_text_atomic(folder / "probe.json", json.dumps(table))
    return path


def small(rgb: Tensor) -> Tensor:
    """uint8 [B,H,W,3] to [B,3,64,64] in -1..1."""
    return F.interpolate(to_signed(rgb), (SIDE, SIDE), mode="area")


def flipped(
    x: Tensor, maps: Tensor, joints: Tensor, flips: np.ndarray, width: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures [B,3,H,W], maps [B,C,H,W] and joints [B,18,3] (pixels, on the CPU), mirrored where `flips` says."""
    on = torch.from_numpy(flips).to(x.device)[:, None, None, None]
    seen = torch.from_numpy(mirrored_joints(joints.numpy(), width))
    return (
        torch.where(on, x.flip(3), x),
        torch.where(on, maps.flip(3), maps),
        torch.where(torch.from_numpy(flips)[:, None, None], seen, joints),
    )


def nearer(x: Tensor, maps: Tensor, joints: Tensor, draw: Draw) -> tuple[Tensor, Tensor, Tensor]:
    """Half the pictures cut to a part of themselves, at most a quarter larger, wider or taller.

    maps: depth and subject. Depth is inverse, less the far plane's, over the nearest point's: so a cut's is divided
    by what is nearest in it.
    """
    count, side = len(x), x.shape[3]
    share = draw.choices.uniform(0.8, 1.0, (count, 2))
    share[draw.choices.random(count) < 0.5] = 1
    middle = (1 - share) * draw.choices.uniform(-1, 1, (count, 2))
    theta = torch.zeros(count, 2, 3, device=x.device)
    for axis in range(2):
        theta[:, axis, axis] = torch.from_numpy(share[:, axis])
        theta[:, axis, 2] = torch.from_numpy(middle[:, axis])
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    both = F.grid_sample(torch.cat([x, maps], 1), grid, padding_mode="border", align_corners=False)
    x, depth, subject = both.split([3, 1, 1], 1)
    near = depth.amax((2, 3), keepdim=True)
    depth = torch.where(near > 0.2, depth / near.clamp_min(0.2), depth)
    places = joints[..., :2] / side * 2 - 1
    places = (places - theta[:, None, :, 2]) / theta.diagonal(dim1=1, dim2=2)[:, None]
    joints = torch.cat([(places + 1) / 2 * side, joints[..., 2:]], 2)
    return x, torch.cat([depth, subject], 1), joints


def augmented(x: Tensor, draw: Draw) -> Tensor:
    """Some pictures softened, some a little noisy: what an autoencoder does must not decide a word."""
    soft = torch.from_numpy(draw.choices.random(len(x)) < 0.4).to(x.device)
    blurred = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    x = torch.where(soft[:, None, None, None], blurred, x)
    level = torch.from_numpy(draw.choices.uniform(0, 0.06, len(x)).astype(np.float32)).to(x.device)
    noise = torch.randn(x.shape, generator=draw.generator, device=x.device)
    return x + level[:, None, None, None] * noise


def probe_loss(reading: Reading, labels: Tensor, maps: Tensor, joints: Tensor) -> dict[str, Tensor]:
    """Cross entropy of every slot that is there, of joint cells and of the subject; depth error (absolute, squared).

    labels [B, slots], in the order of the probe's heads; maps [B,2,H,W]: depth and subject; joints [B,18,3] in pixels.
    """
    words = labels.new_zeros((), dtype=torch.float32)
    for column, slot in enumerate(reading.slots):
        words = words + F.cross_entropy(
            reading.slots[slot], labels[:, column], ignore_index=-1, reduction="sum"
        ) / len(labels)
    side = reading.depth.shape[-1]
    wanted = F.interpolate(maps, (side, side), mode="area")
    difference = reading.depth - wanted[:, 0]
    # The bar is an RMSE: an edge in the wrong place costs more there than a small tilt.
    depth_error = difference.abs().mean() + 4 * difference.square().mean()
    subject = F.binary_cross_entropy_with_logits(reading.subject, wanted[:, 1])
    cells = (joints[..., :2] * (side / maps.shape[-1])).floor().long()
    inside = ((cells >= 0) & (cells < side)).all(-1) & (joints[..., 2] > 0)
    target = torch.where(inside, cells[..., 1] * side + cells[..., 0], -1)
    heat = F.cross_entropy(
        reading.heat.flatten(2).flatten(0, 1), target.flatten(), ignore_index=-1, reduction="sum"
    ) / inside.sum().clamp_min(1)
    return {
        # Words are read soonest: what is where needs the push.
        "loss": words + 12 * depth_error + 0.6 * heat + subject,
        "words": words,
        "depth": depth_error,
        "heat": heat,
        "subject": subject,
    }


@torch.no_grad()
def measure(probe: Probe, pictures: Pictures, count: int = 512) -> dict[str, float]:
    """Accuracy by slot (over pictures that have it), depth RMSE and PCK@0.1 on whole pictures.

    Of textures the depth does not count: it is the height of their relief, which nobody draws. PCK@0.1: share of
    visible joints within a tenth of the figure's height.
    """
    rows = np.unique(np.linspace(0, len(pictures) - 1, count).astype(np.int64))
    device = next(probe.parameters()).device
    deep = torch.from_numpy(pictures.kinds()[rows] != TEXTURE)
    labels, joints = pictures.small("labels").long()[rows], pictures.small("joints")[rows]
    right: dict[str, list[Tensor]] = {slot: [] for slot in probe.heads}
    errors: list[Tensor] = []
    hits: list[Tensor] = []
    for start in range(0, len(rows), 32):
        part = rows[start : start + 32]
        reading = both_ways(probe, small(pictures.take("rgb", part).to(device)))
        here = labels[start : start + 32]
        for column, slot in enumerate(right):
            there = here[:, column] >= 0
            right[slot].append((reading.slots[slot].cpu().argmax(1) == here[:, column])[there])
        depth = pictures.take("depth", part)[:, None].float() / 255
        wanted = F.interpolate(depth, (GRID, GRID), mode="area")[:, 0]
        errors.append((reading.depth.cpu() - wanted).square().flatten(1).mean(1))
        hits.append(pck_hits(reading.joints().cpu(), joints[start : start + 32], pictures.size))
    figures = {
        f"probe_{slot}": float(torch.cat(found).float().mean())
        for slot, found in right.items()
        if len(torch.cat(found))
    }
    if deep.any():
        figures["probe_depth_rmse"] = float(torch.cat(errors)[deep].mean().sqrt())
    if len(torch.cat(hits)):
        figures["probe_pck"] = float(torch.cat(hits).float().mean())
    return figures


def pck_hits(found: Tensor, joints: Tensor, size: tuple[int, int], share: float = 0.1) -> Tensor:
    """Of every visible joint whether it was found within `share` of its figure's height, flat [n] bool.

    found [B,18,2] in shares of the picture; joints [B,18,3] in pixels.
    """
    height, width = size
    pixels = found * found.new_tensor([width, height])
    seen = joints[..., 2] > 0
    ys = joints[..., 1]
    top = ys.masked_fill(~seen, torch.inf).amin(1)
    bottom = ys.masked_fill(~seen, -torch.inf).amax(1)
    reach = share * (bottom - top).clamp_min(8.0)
    distance = (pixels - joints[..., :2]).norm(dim=2)
    return (distance <= reach[:, None])[seen]
