"""Stage 1: pictures to latents and back.

Three parts: encoder and decoder learn together on crops; the latents' mean and deviation are baked
into the encoder's last convolution (exactly: nothing is padded after it) and the decoder's first
(exactly but for the border, where zeros are padded), which freezes the encoder for good; the decoder
then finishes alone on large crops of baked, slightly noised latents.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderDC
from torch import Tensor, nn
from torch.nn import functional as F

from studio_app.core.files import write_text_atomic
from studio_app.training.checkpoints import averaged_weights, load_model_weights, save_model
from studio_app.training.data import Pictures, open_pictures
from studio_app.training.device import choose_device
from studio_app.training.gradients import Compiler
from studio_app.training.loop import Draw, Run
from studio_app.training.losses import (
    latent_drift,
    pixel_weights,
    psnr,
    reconstruction_loss,
)
from studio_app.training.marks import draw_marks, recoloured
from studio_app.training.networks import make_vae, placed
from studio_app.training.progress import Progress, say_figures
from studio_app.training.recipe import Autoencoder, Plan, Recipe
from studio_app.training.sheet import save_rows

STAGE = "autoencoder"


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Trains (or goes on training) and writes `out`/autoencoder/vae; returns that folder.

    start: a checkpoint folder whose `vae/` to begin from. Raises StudioError.
    """
    settings, folder = recipe.autoencoder, out / STAGE
    device = choose_device(recipe.device)
    torch.manual_seed(recipe.seed)
    vae = placed(make_vae(settings), device)
    if start is not None:
        load_model_weights(start / "vae", vae)
    pictures, held_out = open_splits(data, device)
    if not (settings.decoder_only and start is not None):
        _joint(recipe, vae, pictures, held_out, folder, progress)
    write_vae(vae, pictures, folder)
    _finish(recipe, vae, pictures, held_out, folder, progress)
    write_vae(vae, pictures, folder)
    return folder / "vae"


@torch.no_grad()
def bake(vae: AutoencoderDC, mean: Tensor, std: Tensor) -> None:
    """Moves the normalisation (z - mean) / std into the encoder and its inverse into the decoder.

    mean, std: [4].
    """
    n = mean.numel()
    weight, bias = _affine(vae.encoder.conv_out)
    weight /= std.view(n, 1, 1, 1)
    bias.copy_((bias - mean) / std)
    weight, bias = _affine(vae.decoder.conv_in)
    bias += (weight.sum((2, 3)) * mean).sum(1)
    weight *= std.view(1, n, 1, 1)


@torch.no_grad()
def latent_statistics(
    vae: AutoencoderDC, pictures: Pictures, count: int = 512
) -> tuple[Tensor, Tensor]:
    """Mean and deviation [4] of the latents of `count` whole pictures spread over the data."""
    indices = np.unique(np.linspace(0, len(pictures) - 1, count).astype(np.int64))
    latents = torch.cat(
        [
            encode(vae, pictures.take("rgb", part))
            for part in np.array_split(indices, -(-len(indices) // 16))
        ]
    )
    flat = latents.transpose(0, 1).flatten(1).double()
    return flat.mean(1).float(), flat.std(1).float()


@torch.no_grad()
def fit_latent_rgb(vae: AutoencoderDC, pictures: Pictures, count: int = 128) -> dict[str, list]:
    """Least-squares map from a latent to its 8x8 pixels' mean colour in -1..1: `rgb = z @ map + bias`."""
    indices = np.unique(np.linspace(0, len(pictures) - 1, count).astype(np.int64))
    rgb = pictures.take("rgb", indices)
    latents = torch.cat([encode(vae, part) for part in rgb.split(16)]).float().cpu()
    small = F.avg_pool2d(to_signed(rgb).cpu(), 8)
    a = latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1])
    a = torch.cat([a, torch.ones(len(a), 1)], 1)
    solution = torch.linalg.lstsq(a, small.permute(0, 2, 3, 1).reshape(-1, 3)).solution
    rows = [[round(float(v), 5) for v in row] for row in solution]
    return {"latent_rgb": rows[:-1], "latent_rgb_bias": rows[-1]}


def to_signed(rgb: Tensor) -> Tensor:
    """uint8 [B,H,W,3] to float [B,3,H,W] in -1..1."""
    return rgb.permute(0, 3, 1, 2).float().div(127.5).sub(1)


def encode(vae: AutoencoderDC, rgb: Tensor) -> Tensor:
    """Latents of uint8 pictures [B,H,W,3] on the model's device."""
    return vae.encoder(to_signed(rgb.to(vae.device)))


def decode(vae: AutoencoderDC, latents: Tensor) -> Tensor:
    """[B,4,h,w] to [B,3,8h,8w] in about -1..1."""
    return vae.decoder(latents)


@torch.no_grad()
def measure(vae: AutoencoderDC, pictures: Pictures, count: int = 64) -> dict[str, float]:
    """PSNR in dB over whole pictures, and over their subjects' pixels alone."""
    indices = np.unique(np.linspace(0, len(pictures) - 1, count).astype(np.int64))
    whole, subject = [], []
    for part in np.array_split(indices, max(1, len(indices) // 8)):
        x = to_signed(pictures.take("rgb", part).to(vae.device))
        mask = (pictures.take("subject", part).to(vae.device) > 127).float().unsqueeze(1)
        y = decode(vae, vae.encoder(x)).float().clamp(-1, 1)
        whole.append(psnr(y, x))
        subject.append(psnr(y, x, mask)[mask.flatten(1).sum(1) > 64])
    return {
        "ae_psnr": float(torch.cat(whole).mean()),
        "ae_psnr_subject": float(torch.cat(subject).mean()),
    }


def write_vae(vae: AutoencoderDC, pictures: Pictures, folder: Path) -> None:
    """Writes `vae/` and the latent-to-RGB map into the stage's folder."""
    save_model(folder / "vae", vae)
    write_text_atomic(folder / "latent_rgb.json", json.dumps(fit_latent_rgb(vae, pictures)))


def open_splits(data: Path, device: torch.device) -> tuple[Pictures, Pictures]:
    """Pictures to train on, and others to measure on (the same ones where there is no `val`)."""
    pictures = open_pictures(data)
    has_val = (data / "val").is_dir() and any((data / "val").glob("shard-*.safetensors"))
    held_out = open_pictures(data, "val") if has_val else pictures
    if device.type == "cuda":  # no transfer while training
        pictures = pictures.on(device, ("rgb", "subject"))
    return pictures, held_out


# Parts


def _joint(
    recipe: Recipe,
    vae: AutoencoderDC,
    pictures: Pictures,
    held_out: Pictures,
    folder: Path,
    progress: Progress | None,
) -> None:
    settings = recipe.autoencoder
    compiler = Compiler(settings.plan.compile)
    encoding, decoding = compiler(vae.encoder), compiler(vae.decoder)

    def loss(draw: Draw) -> dict[str, Tensor]:
        x, weights = draw_crops(pictures, settings, settings.crops, draw, vae.device)
        z = encoding(x).float()
        drift = latent_drift(z)
        z = z + settings.latent_noise * torch.randn(
            z.shape, generator=draw.generator, device=z.device
        )
        if draw.choices.random() < settings.equivariance:
            # A halved latent is the halved picture (EQ-VAE, 2502.09509): smooth latents, which a
            # small denoiser learns sooner.
            z, x, weights = (F.avg_pool2d(t, 2) for t in (z, x, weights))
        y = decoding(z).float()
        picture = _compare(settings, y, x, weights)
        return {"loss": picture + settings.drift * drift, "picture": picture}

    _run(recipe, settings.plan, vae, loss, compiler, held_out, folder / "joint", progress)
    if not (folder / "joint" / "baked.json").exists():
        mean, std = latent_statistics(vae, pictures)
        text = json.dumps({"mean": mean.tolist(), "std": std.tolist()})
        write_text_atomic(folder / "joint" / "baked.json", text)
    table = json.loads((folder / "joint" / "baked.json").read_text(encoding="utf-8"))
    bake(vae, torch.tensor(table["mean"]).to(vae.device), torch.tensor(table["std"]).to(vae.device))


def _finish(
    recipe: Recipe,
    vae: AutoencoderDC,
    pictures: Pictures,
    held_out: Pictures,
    folder: Path,
    progress: Progress | None,
) -> None:
    settings = recipe.autoencoder
    vae.encoder.requires_grad_(False)
    compiler = Compiler(settings.finish.compile)
    encoding, decoding = compiler(vae.encoder), compiler(vae.decoder)

    def loss(draw: Draw) -> dict[str, Tensor]:
        x, weights = draw_crops(pictures, settings, settings.finish_crops, draw, vae.device)
        with torch.no_grad():
            z = encoding(x).float()
        noise = torch.randn(z.shape, generator=draw.generator, device=z.device)
        y = decoding(z + settings.latent_noise * noise).float()
        return {"loss": _compare(settings, y, x, weights)}

    _run(recipe, settings.finish, vae, loss, compiler, held_out, folder / "decoder", progress)


def draw_crops(
    pictures: Pictures,
    settings: Autoencoder,
    stages: tuple[tuple[float, int], ...],
    draw: Draw,
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    """Random crops in -1..1 [B,3,s,s] and their pixel weights [B,1,s,s].

    The crop grows with the run (`stages`: from which fraction, which size) at a constant number of
    pixels a batch: small crops learn fastest, large ones settle the group norms' statistics.
    """
    height, width = pictures.size
    wanted = [size for begin, size in stages if draw.fraction >= begin][-1]
    size = min(wanted, height, width)
    number = max(1, round(draw.size * (stages[0][1] / size) ** 2))
    indices = draw.choices.integers(0, len(pictures), number)
    tops = draw.choices.integers(0, height - size + 1, number)
    lefts = draw.choices.integers(0, width - size + 1, number)
    if size < min(height, width):
        near = draw.choices.random(number) < settings.subject_share
        _move_to_subject(pictures, draw.choices, indices, tops, lefts, near, size)
    rgb, subject = pictures.crops(indices, tops, lefts, size)
    flips = torch.from_numpy(draw.choices.random(number) < 0.5).to(rgb.device)
    x = to_signed(rgb)
    mask = subject.unsqueeze(1).float() / 255
    x = torch.where(flips[:, None, None, None], x.flip(3), x).to(device)
    mask = torch.where(flips[:, None, None, None], mask.flip(3), mask).to(device)
    x = recoloured(x, draw.choices, settings.recolour)
    x = draw_marks(x, draw.choices, settings.marks)
    return x, pixel_weights(x, mask, settings.subject_weight, settings.edge_weight)


def _move_to_subject(
    pictures: Pictures,
    choices: np.random.Generator,
    indices: np.ndarray,
    tops: np.ndarray,
    lefts: np.ndarray,
    near: np.ndarray,
    size: int,
) -> None:
    """Moves the crops marked in `near` around a random point of the subject, in place."""
    height, width = pictures.size
    rows = np.flatnonzero(near)
    if not len(rows):
        return
    masks = pictures.take("subject", indices[rows])[:, 4::8, 4::8].float().cpu().numpy()
    for row, mask in zip(rows, masks, strict=True):
        points = np.argwhere(mask > 127)
        if len(points):
            y, x = points[choices.integers(len(points))] * 8 + 4
            shift = choices.integers(-size // 4, size // 4 + 1, 2)
            tops[row] = np.clip(y + shift[0] - size // 2, 0, height - size)
            lefts[row] = np.clip(x + shift[1] - size // 2, 0, width - size)


def _compare(settings: Autoencoder, y: Tensor, x: Tensor, weights: Tensor) -> Tensor:
    return reconstruction_loss(
        y, x, weights, chroma=settings.chroma, l2=settings.l2, laplacian=settings.laplacian
    )


def _run(
    recipe: Recipe,
    plan: Plan,
    vae: AutoencoderDC,
    loss: Callable[[Draw], dict[str, Tensor]],
    compiler: Compiler,
    held_out: Pictures,
    folder: Path,
    progress: Progress | None,
) -> None:
    def sample(step: int) -> None:
        figures = measure(vae, held_out)
        say_figures(progress, folder, step, figures)
        indices = np.unique(np.linspace(0, len(held_out) - 1, 8).astype(np.int64))
        rgb = held_out.take("rgb", indices).to(vae.device)
        back = decode(vae, encode(vae, rgb)).float()
        save_rows(folder / "sheet.png", [to_signed(rgb), back])

    run = Run(
        folder=folder,
        plan=plan,
        modules={"vae": vae},
        loss=loss,
        device=vae.device,
        seed=recipe.seed,
        autocast=recipe.autocast,
        compiler=compiler,
        sample=sample,
        progress=progress,
    )
    run.run()
    weights = averaged_weights(folder, "vae")
    if weights is not None:
        vae.load_state_dict(weights)


def _affine(module: nn.Module) -> tuple[Tensor, Tensor]:
    assert isinstance(module, nn.Conv2d) and module.bias is not None
    return module.weight, module.bias
