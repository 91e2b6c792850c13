"""The draft decoder: a third of the decoder's work, for pictures that the next move of the pen replaces.

It learns to say what the decoder says (training/stages/sharpen.py's, where that stage was run), from the latents of the
training pictures and from those that the student makes (training/stages/student.py): blurred guesses are what a single
step gives.
"""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderDC
from torch import Tensor

from studio_app.training.corpus import open_vae
from studio_app.training.device import choose_device
from studio_app.training.gradients import Compiler
from studio_app.training.latents import cached_latents, cropped, encoder_digest
from studio_app.training.loop import Draw, Run
from studio_app.training.losses import psnr, reconstruction_loss
from studio_app.training.networks import LATENT_SCALE, make_draft, placed
from studio_app.training.progress import Progress, say_figures
from studio_app.training.recipe import Draft, Recipe
from studio_app.training.sheet import save_rows
from studio_app.training.stages import sharpen
from studio_app.training.stages.autoencoder import decode, open_splits
from studio_app.training.stages.latents_of import begin_from, finished_decoder, remember_encoder
from studio_app.training.stages.student import open_inventions

STAGE = "draft"


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Trains (or goes on training); returns the stage's folder, `out`/draft.

    start: a checkpoint folder whose `vae/` to copy where this run has trained none, and whose `draft/` to begin from.
    Raises StudioError.
    """
    device, folder = choose_device(recipe.device), out / STAGE
    vae = sharpen.finished(recipe, out) or open_vae(recipe, out, start, device)
    vae = placed(vae, device).requires_grad_(False).eval()
    pictures, held_out = open_splits(data, device)
    latents, held = (
        cached_latents(vae, split, out / "latents", autocast=recipe.autocast, progress=progress)
        for split in (pictures, held_out)
    )
    remember_encoder(folder, encoder_digest(vae))
    made = open_inventions(recipe, data, out, start, vae, progress)
    guesses = None if made is None else torch.cat([made.returned.flatten(0, 1), made.drawn])
    torch.manual_seed(recipe.seed)
    network = placed(make_draft(recipe.draft), device)
    if start is not None:
        begin_from(network, start / STAGE, encoder_digest(vae))
    compiler = Compiler(recipe.draft.plan.compile)
    drafting, decoding = (compiler(part.decoder) for part in (network, vae))

    def loss(draw: Draw) -> dict[str, Tensor]:
        z = draw_latents(recipe.draft, latents, guesses, draw).to(device)
        with torch.no_grad():
            wanted = decoding(z).float()
        found = drafting(z).float()
        settings, even = recipe.autoencoder, wanted.new_ones(())
        return {
            "loss": reconstruction_loss(
                found, wanted, even, chroma=settings.chroma, l2=settings.l2, laplacian=1.0
            )
        }

    def sample(step: int) -> None:
        z = held[:: max(1, len(held) // 16)][:16].to(device).float()
        rows = [decode(vae, z).float(), network.decoder(z).float()]
        figures = {"draft_psnr": float(psnr(rows[1].clamp(-1, 1), rows[0].clamp(-1, 1)).mean())}
        say_figures(progress, folder, step, figures)
        save_rows(folder / "sheet.png", [row[:8] for row in rows])

    Run(
        folder=folder,
        plan=recipe.draft.plan,
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
    return finished_decoder(make_draft(recipe.draft), out / STAGE, STAGE)


def draw_latents(settings: Draft, latents: Tensor, guesses: Tensor | None, draw: Draw) -> Tensor:
    """Crops [B,4,s,s] of pictures' latents [N,4,h,w] and, at their share, of guesses [M,4,h,w], float32."""
    size = [size for begin, size in settings.crops if draw.fraction >= begin][-1]
    number = max(1, round(draw.size * (settings.crops[0][1] / size) ** 2))
    share = 0.0 if guesses is None else settings.guessed
    crops: list[Tensor] = []
    for guess in draw.choices.random(number) < share:
        source = guesses if guess and guesses is not None else latents
        crops.append(cropped(source, size // LATENT_SCALE, draw.choices))
    return torch.stack(crops)
