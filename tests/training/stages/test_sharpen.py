"""The decoder's last lesson: it gets sharper, the latents stay what they are, and neither player moves the other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from studio_app.training.checkpoints import averaged_weights
from studio_app.training.corpus import open_vae
from studio_app.training.data import open_pictures
from studio_app.training.latents import encoder_digest
from studio_app.training.loop import Draw
from studio_app.training.publish import publish
from studio_app.training.recipe import Plan
from studio_app.training.stages import draft, sharpen, student
from studio_app.training.stages.autoencoder import encode, measure
from studio_app.training.stages.critic import Critic, critic_loss, decoder_loss

CPU = torch.device("cpu")


def pictures(seed: int) -> torch.Tensor:
    return torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_the_critic_answers_for_every_eighth_pixel():
    assert Critic()(pictures(0)).shape == (2, 1, 4, 4)


def test_each_player_pays_for_itself_alone():
    critic = Critic()
    decoded = pictures(0).requires_grad_(True)
    decoder_loss(critic, decoded, pictures(1)).backward()
    assert decoded.grad is not None and decoded.grad.abs().sum() > 0
    assert all(p.grad is None for p in critic.parameters())
    decoded.grad = None
    generator = torch.Generator().manual_seed(0)
    critic_loss(critic, decoded, pictures(1), 0.1, generator).backward()
    assert decoded.grad is None
    assert all(p.grad is not None for p in critic.parameters())


def test_a_critic_learns_to_tell_soft_from_crisp():
    torch.manual_seed(0)
    critic = Critic((8, 8, 8))
    optimizer = torch.optim.AdamW(critic.parameters(), lr=2e-3)
    generator = torch.Generator().manual_seed(0)
    for step in range(60):
        crisp = pictures(step)
        soft = torch.nn.functional.avg_pool2d(crisp, 3, 1, 1)
        critic_loss(critic, soft, crisp, 0.01, generator).backward()
        optimizer.step()
        optimizer.zero_grad()
    crisp = pictures(1000)
    soft = torch.nn.functional.avg_pool2d(crisp, 3, 1, 1)
    assert (critic(crisp) > critic(soft)).float().mean() > 0.9


@pytest.fixture(scope="module")
def sharpened(tiny_run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tiny run that was sharpened, and has a draft decoder."""
    out = tmp_path_factory.mktemp("sharpened") / "run"
    shutil.copytree(tiny_run.out, out, ignore=shutil.ignore_patterns("models"))
    sharpen.train(tiny_run.recipe, tiny_run.data, out)
    draft.train(tiny_run.recipe, tiny_run.data, out)
    return out


def test_the_encoder_stays_and_the_decoder_moves(tiny_run, sharpened: Path):
    before = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    after = sharpen.finished(tiny_run.recipe, sharpened)
    assert after is not None
    assert encoder_digest(after) == encoder_digest(before)
    moved = [
        not torch.equal(a, b)
        for a, b in zip(after.decoder.parameters(), before.decoder.parameters(), strict=True)
    ]
    assert all(moved)
    figures = json.loads((sharpened / "sharpen" / "figures.json").read_text())
    assert figures["ae_sharpness"] > 0 and figures["ae_psnr"] > 5
    assert (sharpened / "sharpen" / "sheet.png").exists()


def test_the_decoder_stops_half_way(tiny_run, sharpened: Path):
    weights = averaged_weights(sharpened / "sharpen", "vae")
    before = open_vae(tiny_run.recipe, tiny_run.out, None, CPU).decoder.state_dict()
    after = sharpen.finished(tiny_run.recipe, sharpened)
    assert after is not None and weights is not None
    figures = json.loads((sharpened / "sharpen" / "figures.json").read_text())
    held_out = open_pictures(tiny_run.data, "val")
    assert figures["ae_psnr"] == pytest.approx(measure(after, held_out)["ae_psnr"], abs=0.05)
    for name, tensor in after.decoder.state_dict().items():
        half = (before[name] + weights[f"decoder.{name}"]) / 2
        torch.testing.assert_close(tensor, half, atol=2e-3, rtol=0)


def test_it_learns_from_what_the_student_makes(tiny_run, tmp_path: Path):
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    shown = open_pictures(tiny_run.data)
    made = student.open_inventions(tiny_run.recipe, tiny_run.data, tiny_run.out, None, vae)
    assert made is not None
    assert made.returned.shape == (1, len(shown), 4, 8, 8)
    assert made.drawn.shape == (tiny_run.recipe.sharpen.drawn, 4, 8, 8)
    # Each is its own picture's, textures too, and not the encoder's latents over again.
    with torch.no_grad():
        true = encode(vae, shown.take("rgb", np.arange(len(shown)))).float()
    found = made.returned[0].float()
    apart = (found[:, None] - true[None]).square().mean((2, 3, 4))
    own = apart.diagonal()
    assert (own > 1e-4).all()
    assert (own < apart.mean(1)).float().mean() > 0.9


def test_what_the_student_made_is_kept(tiny_run, monkeypatch: pytest.MonkeyPatch):
    vae = open_vae(tiny_run.recipe, tiny_run.out, None, CPU)
    first = student.open_inventions(tiny_run.recipe, tiny_run.data, tiny_run.out, None, vae)
    calls: list[int] = []
    monkeypatch.setattr(student, "returned", lambda *given: calls.append(1))
    again = student.open_inventions(tiny_run.recipe, tiny_run.data, tiny_run.out, None, vae)
    assert first is not None and again is not None and not calls
    assert torch.equal(first.drawn, again.drawn)


def test_without_a_student_it_learns_from_rendered_ones_alone(tiny_run, tmp_path: Path):
    out = tmp_path / "run"
    shutil.copytree(tiny_run.out / "autoencoder", out / "autoencoder")
    plan = Plan(steps=1, batch=2)
    wishes = tiny_run.recipe.sharpen.model_copy(update={"plan": plan})
    recipe = tiny_run.recipe.model_copy(update={"sharpen": wishes})
    assert (sharpen.train(recipe, tiny_run.data, out) / "config.json").exists()
    assert not (out / student.FOLDER).exists()


def test_a_checkpoint_lends_its_student(tiny_run, tmp_path: Path):
    out = tmp_path / "run"
    plan = Plan(steps=1, batch=4)
    wishes = tiny_run.recipe.sharpen.model_copy(update={"plan": plan})
    recipe = tiny_run.recipe.model_copy(update={"sharpen": wishes})
    assert (sharpen.train(recipe, tiny_run.data, out, tiny_run.model) / "config.json").exists()
    assert len(list((out / student.FOLDER).glob("*.safetensors"))) == 1


def test_another_encoder_leaves_the_old_lesson_behind(tiny_run, sharpened: Path, tmp_path: Path):
    out = tmp_path / "run"
    shutil.copytree(sharpened, out)
    path = next((out / "autoencoder" / "vae").glob("*.safetensors"))
    from safetensors.torch import load_file, save_file

    weights = load_file(path)
    name = next(key for key in weights if key.startswith("encoder"))
    weights[name] = weights[name] + 1
    save_file(weights, path, metadata={"format": "pt"})
    found = sharpen.finished(tiny_run.recipe, out)
    assert found is not None
    assert torch.equal(found.state_dict()[name], weights[name])


def test_the_draft_says_what_the_decoder_says(tiny_run, sharpened: Path):
    """After a handful of steps it is nearer to the decoder's pictures than a grey is."""
    recipe = tiny_run.recipe
    network, vae = draft.trained(recipe, sharpened), sharpen.finished(recipe, sharpened)
    assert network is not None and vae is not None
    assert network.config["latents_of"] == encoder_digest(vae)
    held = open_pictures(tiny_run.data, "val")
    with torch.no_grad():
        z = encode(vae, held.take("rgb", np.arange(8)))
        wanted, found = vae.decoder(z), network.decoder(z)
    assert (found - wanted).square().mean() < wanted.square().mean()


def test_the_checkpoint_has_both(tiny_run, sharpened: Path, tmp_path: Path):
    folder = publish(tiny_run.recipe, sharpened, tmp_path / "models" / "tiny-64")
    name = "diffusion_pytorch_model.safetensors"
    assert (folder / "vae" / name).read_bytes() != (tiny_run.model / "vae" / name).read_bytes()
    assert (folder / "draft" / name).exists()
    card = (folder / "README.md").read_text()
    assert "| sharpen |" in card and "draft_psnr" in card


def test_the_critic_pulls_as_strongly_as_it_is_told(sharpened: Path, tiny_run):
    vae = open_vae(tiny_run.recipe, sharpened, None, CPU)
    shown = open_pictures(tiny_run.data)
    vae.decoder.requires_grad_(True)
    decoded: list[torch.Tensor] = []

    def keep(module: torch.nn.Module, given: object, decodes: torch.Tensor) -> None:
        decoded.append(decodes)

    vae.decoder.register_forward_hook(keep)
    slopes: list[torch.Tensor] = []
    for strength in (0.0, 0.25):
        wishes = tiny_run.recipe.sharpen.model_copy(update={"adversarial": strength})
        recipe = tiny_run.recipe.model_copy(update={"sharpen": wishes})
        torch.manual_seed(0)
        lesson = sharpen.Lesson(recipe, vae, shown, None)
        draw = Draw(3, 0.5, 4, torch.Generator().manual_seed(3), np.random.default_rng(3))
        loss = lesson.loss(draw)["loss"]
        slopes += torch.autograd.grad(loss, decoded[-1])
    picture, both = slopes
    assert picture.norm() > 0
    assert torch.isclose((both - picture).norm(), 0.25 * picture.norm(), rtol=1e-3)
