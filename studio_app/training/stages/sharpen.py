"""The decoder's last lesson: fine grain and crisp edges, learnt from a critic.

A decoder that is only told how far off its pixels are answers with their mean wherever the latents leave a choice:
its pictures are soft. Here it also plays against a critic of small patches (stages/critic.py; both are weighed by
their gradients, as in Esser et al. 2012.09841, eq. 7, but in the picture instead of the last layer). The encoder stays
as it is, and so do the latents and all that was learnt in them.

Part of every batch are latents that the student made (stages/student.py): what the decoder will really be given.
Some are of known pictures, and should become these. Of the others there is no truth but the critic's, that they look
from afar as before, and that their grain does not keep step with the cells of the latents. Of some, what is outside of
their mattes is grey (stages/cutouts.py).
"""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderDC
from torch import Tensor
from torch.nn import functional as F

from studio_app.training.checkpoints import averaged_weights, load_model_weights
from studio_app.training.corpus import open_vae
from studio_app.training.data import Pictures
from studio_app.training.device import choose_device
from studio_app.training.gradients import Compiler
from studio_app.training.latents import cropped, encoder_digest
from studio_app.training.loop import Draw, Run
from studio_app.training.losses import pixel_weights, reconstruction_loss, sharpness_of, weave_cost
from studio_app.training.networks import frozen, make_vae, placed
from studio_app.training.progress import Progress, say_figures
from studio_app.training.recipe import Recipe
from studio_app.training.sheet import save_rows
from studio_app.training.stages.autoencoder import STAGE as AUTOENCODER
from studio_app.training.stages.autoencoder import (
    decode,
    draw_crops,
    encode,
    measure,
    open_splits,
    to_signed,
    write_vae,
)
from studio_app.training.stages.critic import Critic, critic_loss, decoder_loss
from studio_app.training.stages.cutouts import Cutouts, haze, open_cutouts
from studio_app.training.stages.student import Inventions, open_inventions

STAGE = "sharpen"
_FAR = 8
"""Pixels to a side of what a generated picture looks like from afar."""


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    start: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Trains (or goes on training) the run's decoder and writes `out`/sharpen/vae; returns that folder.

    start: a checkpoint folder whose `vae/` to take where this run has trained none. Raises StudioError.
    """
    device, folder = choose_device(recipe.device), out / STAGE
    torch.manual_seed(recipe.seed)
    vae = open_vae(recipe, out, start, device)
    pictures, held_out = open_splits(data, device)
    made = open_inventions(recipe, data, out, start, vae, progress)
    cut = open_cutouts(recipe, data, out, start, vae, progress)
    lesson = Lesson(recipe, vae, pictures, made, cut)
    vae.decoder.requires_grad_(True)

    def report(step: int) -> None:
        figures = measure(vae, held_out) | {"ae_sharpness": sharpness(vae, held_out)}
        say_figures(progress, folder, step, figures)
        lesson.save_sheet(held_out, folder / "sheet.png")

    run = Run(
        folder=folder,
        plan=recipe.sharpen.plan,
        modules={"vae": vae, "critic": lesson.critic},
        loss=lesson.loss,
        device=device,
        seed=recipe.seed,
        autocast=recipe.autocast,
        compiler=lesson.compiler,
        lr_scales={"critic": recipe.sharpen.critic_lr_scale},
        sample=report,
        progress=progress,
    )
    run.run()
    weights = averaged_weights(folder, "vae")
    assert weights is not None
    vae.load_state_dict(weights)
    vae.eval()
    lesson.hold_back(recipe.sharpen.share)
    with torch.no_grad():
        report(run.step)  # of what is kept
    write_vae(vae, pictures, folder)
    return folder / "vae"


class Lesson:
    """What the loss of a step needs. `vae` is trained in place; a copy of its decoder remembers the pictures before.

    made: what the student makes of `pictures` and of their words, or None. cut: what it draws on grey, or None.
    """

    def __init__(
        self,
        recipe: Recipe,
        vae: AutoencoderDC,
        pictures: Pictures,
        made: Inventions | None,
        cut: Cutouts | None = None,
    ) -> None:
        self.vae = vae
        self.critic = placed(Critic(), vae.device)
        self._recipe = recipe
        self._pictures = pictures
        self._made = made
        self._cut = cut
        self._before = frozen(copy.deepcopy(vae.decoder))
        self.compiler = Compiler(recipe.sharpen.plan.compile)
        self._encoding, self._decoding, self._decoding_before = (
            self.compiler(network) for network in (vae.encoder, vae.decoder, self._before)
        )

    def loss(self, draw: Draw) -> dict[str, Tensor]:
        """The decoder's and the critic's, summed: neither's gradient reaches the other."""
        settings, wishes = self._recipe.autoencoder, self._recipe.sharpen
        x, weights = draw_crops(
            self._pictures,
            settings.model_copy(update={"subject_weight": wishes.subject_weight}),
            wishes.crops,
            draw,
            self.vae.device,
        )
        with torch.no_grad():
            z = self._encoding(x).float()
            noise = torch.randn(z.shape, generator=draw.generator, device=z.device)
            z = z + settings.latent_noise * noise
        z, x, weights = self._some_returned(draw, z, x, weights)
        invented, around = self._some_drawn(draw, len(x), z.shape[-1])
        y = self._decoding(z if invented is None else torch.cat([z, invented])).float()
        # Decoded from latents without a truth, they meet any rendered pictures.
        rendered = x if invented is None else torch.cat([x, x[: len(invented)]])
        # Each loss's slope in the picture is taken first: they are weighed against each other there, and the
        # decoder is gone through once.
        seen = y.detach().requires_grad_()
        known, free = seen[: len(x)], seen[len(x) :]
        picture = reconstruction_loss(
            known,
            x,
            weights,
            chroma=settings.chroma,
            l2=settings.l2,
            laplacian=settings.laplacian,
        )
        if invented is not None:
            with torch.no_grad():
                before = self._decoding_before(invented).float()
            picture = picture + F.l1_loss(F.avg_pool2d(free, _FAR), F.avg_pool2d(before, _FAR))
        if around is not None:
            picture = picture + wishes.haze * haze(seen[-len(around) :], around)
        adversarial = decoder_loss(self.critic, seen, rendered)
        critic = critic_loss(self.critic, y, rendered, wishes.penalty, draw.generator)
        slopes = [torch.autograd.grad(loss, seen)[0] for loss in (picture, adversarial)]
        strengths = [slope.norm() for slope in slopes]
        weight = wishes.adversarial * min(1.0, draw.fraction / wishes.ramp)
        scale = weight * (strengths[0] / strengths[1].clamp_min(1e-9)).clamp_max(1e4)
        total, slope = picture + scale * adversarial, slopes[0] + scale * slopes[1]
        losses = {"picture": picture, "adversarial": adversarial, "critic": critic}
        if (
            invented is not None
        ):  # beside the others: a loud weave is no reason for more of the critic
            losses["weave"] = weave = weave_cost(seen[len(x) :])
            total = total + wishes.weave * weave
            slope = slope + wishes.weave * torch.autograd.grad(weave, seen)[0]
        return {"loss": _with_slope(total.detach(), y, slope) + critic, **losses}

    @torch.no_grad()
    def hold_back(self, share: float) -> None:
        """Leaves the decoder at `share` of the way from what it was to what it has become (Wang et al. 1809.00219,
        network interpolation): much of the crispness for little of the error, and no serrated edges."""
        for old, new in zip(self._before.parameters(), self.vae.decoder.parameters(), strict=True):
            new.copy_(torch.lerp(old, new, share))

    def save_sheet(self, held_out: Pictures, path: Path) -> None:
        """Held-out pictures, and decoded; generated ones, decoded before and now."""
        indices = np.unique(np.linspace(0, len(held_out) - 1, 8).astype(np.int64))
        rgb = held_out.take("rgb", indices).to(self.vae.device)
        rows = [to_signed(rgb), decode(self.vae, encode(self.vae, rgb)).float()]
        if self._made is not None and len(self._made.drawn):
            drawn = self._made.drawn
            z = drawn[:: max(1, len(drawn) // 8)][:8].to(self.vae.device).float()
            rows += [self._before(z).float(), decode(self.vae, z).float()]
        save_rows(path, rows)

    def _some_returned(
        self, draw: Draw, z: Tensor, x: Tensor, weights: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """A batch's latents [B,4,s,s], pictures and their pixels' weights, `returned_share` of them by way of the
        student."""
        settings, wishes, made = self._recipe.autoencoder, self._recipe.sharpen, self._made
        number = round(wishes.returned_share * len(x))
        if made is None or not len(made.returned) or not number:
            return z, x, weights
        side = z.shape[-1]
        height, width = made.returned.shape[-2:]
        indices = draw.choices.integers(0, len(self._pictures), number)
        ys = draw.choices.integers(0, height - side + 1, number)
        xs = draw.choices.integers(0, width - side + 1, number)
        latents = torch.stack(
            [
                made.crop(draw.choices, index, y, x, side)
                for index, y, x in zip(indices, ys, xs, strict=True)
            ]
        )
        scale = x.shape[-1] // side
        rgb, subject = self._pictures.crops(indices, scale * ys, scale * xs, x.shape[-1])
        truth = to_signed(rgb).to(x.device)
        mask = subject.unsqueeze(1).float().to(x.device) / 255
        heavy = pixel_weights(truth, mask, wishes.subject_weight, settings.edge_weight)
        return (
            torch.cat([z[number:], latents.to(z.device)]),
            torch.cat([x[number:], truth]),
            torch.cat([weights[number:], heavy]),
        )

    def _some_drawn(
        self, draw: Draw, count: int, cells: int
    ) -> tuple[Tensor | None, Tensor | None]:
        """Latents that have no truth, [N,4,cells,cells], and, of the last of them, what is outside of their mattes."""
        wishes, device = self._recipe.sharpen, self.vae.device
        parts: list[Tensor] = []
        around = None
        number = round(wishes.drawn_share * count)
        if self._made is not None and len(self._made.drawn) and number:
            crops = [cropped(self._made.drawn, cells, draw.choices) for _ in range(number)]
            parts.append(torch.stack(crops).to(device))
        number = round(wishes.cut_share * count)
        if self._cut is not None and number:
            latents, around = self._cut.draw(number, cells, draw.choices)
            parts.append(latents.to(device))
            around = around.to(device)
        return (torch.cat(parts) if parts else None), around


def _with_slope(value: Tensor, y: Tensor, slope: Tensor) -> Tensor:
    """A scalar `value` whose gradient in y is `slope`."""
    through = (y * slope).sum()
    return value + through - through.detach()


def finished(recipe: Recipe, out: Path) -> AutoencoderDC | None:
    """The run's autoencoder, sharpened where that stage was run on this very encoder; None where it has none."""
    found: AutoencoderDC | None = None
    for stage in (AUTOENCODER, STAGE):
        folder = out / stage / "vae"
        if folder.exists():
            vae = make_vae(recipe.autoencoder)
            load_model_weights(folder, vae)
            if found is None or encoder_digest(vae) == encoder_digest(found):
                found = vae
    return found


@torch.no_grad()
def sharpness(vae: AutoencoderDC, pictures: Pictures, count: int = 64) -> float:
    """Mean sharpness of decoded pictures over that of the pictures themselves (judge/looks.py)."""
    indices = np.unique(np.linspace(0, len(pictures) - 1, count).astype(np.int64))
    before, after = [], []
    for part in np.array_split(indices, max(1, len(indices) // 8)):
        rgb = pictures.take("rgb", part)
        y = decode(vae, encode(vae, rgb.to(vae.device))).float().clamp(-1, 1)
        before.append(sharpness_of(rgb.cpu().numpy()))
        after.append(sharpness_of((y.permute(0, 2, 3, 1).cpu().numpy() + 1) * 127.5))
    return float(np.concatenate(after).mean() / np.concatenate(before).mean())
