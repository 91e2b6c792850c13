"""LoRAs of every layout do what adding their product to the weights does, and can be taken off without a trace."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio_app.catalogue.identify import identify_file
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from studio_app.engine.loras.loras import Loras
from studio_app.engine.loras.names import UNET, ldm_paths, names_of
from tests.engine.conftest import CPU, depth, distance
from tests.loras import RANK, factors, kohya, layers_of, peft, processors, same, save, weights_of

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")


@pytest.fixture(scope="module")
def sdxl(make_sdxl: Callable[..., Path]) -> Path:
    return make_sdxl()


@pytest.fixture(scope="module")
def model(sdxl: Path) -> Any:
    return load_model(str(sdxl), CPU)


@pytest.fixture
def unet(model: Any) -> Any:
    return model.unet


@pytest.fixture(scope="module")
def base(sdxl: Path) -> GenerationRequest:
    return GenerationRequest(
        "a red potion",
        sampler="ddim",
        steps=2,
        guidance_scale=2,
        width=64,
        height=64,
        model=str(sdxl),
    )


def final(engine: DiffusionEngine, request: GenerationRequest) -> np.ndarray:
    return list(engine.run(request, wanted=("final",)))[-1].rgb


def write_kohya(path: Path, unet: Any) -> tuple[Path, float]:
    return save(path, kohya("lora_unet_", factors(layers_of(unet, *ATTENTION)))), 1 / RANK


def write_peft(path: Path, unet: Any) -> tuple[Path, float]:
    return save(path, peft("unet.", factors(layers_of(unet, *ATTENTION)))), 1.0


def write_scaled_peft(path: Path, unet: Any) -> tuple[Path, float]:
    config = {"unet.r": RANK, "unet.lora_alpha": 6}
    return save(path, peft("unet.", factors(layers_of(unet, *ATTENTION))), config), 6 / RANK


def write_bare_peft(path: Path, unet: Any) -> tuple[Path, float]:
    parts = peft("base_model.model.", factors(layers_of(unet, *ATTENTION)))
    return save(path, parts), 1.0


def write_named_peft(path: Path, unet: Any) -> tuple[Path, float]:
    """An adapter that was saved with a name of its own."""
    parts = peft("base_model.model.", factors(layers_of(unet, *ATTENTION)))
    named = {name.replace(".weight", ".my-style_0.weight"): part for name, part in parts.items()}
    save(path, named)
    assert identify_file(path).role == "lora"
    return path, 1.0


def write_processors(path: Path, unet: Any) -> tuple[Path, float]:
    return save(path, processors(factors(layers_of(unet, *ATTENTION)))), 1.0


LAYOUTS = [
    write_kohya,
    write_peft,
    write_scaled_peft,
    write_bare_peft,
    write_named_peft,
    write_processors,
]


@pytest.mark.parametrize("write", LAYOUTS)
def test_it_is_its_product_added_to_the_weights(
    unet: Any, tmp_path: Path, write: Callable[[Path, Any], tuple[Path, float]]
):
    before = weights_of(unet)
    path, scale = write(tmp_path / "ink.safetensors", unet)
    loras = Loras({UNET: unet})
    layers = layers_of(unet, *ATTENTION)
    assert loras.wear([(str(path), 0.7)]) == len(layers)
    for name, (a, b) in factors(layers).items():
        expected = before[f"{name}.weight"] + 0.7 * scale * (b @ a)
        torch.testing.assert_close(unet.get_submodule(name).weight.data, expected)
    assert loras.notes([(str(path), 0.7)]) == []
    loras.wear([])
    assert same(before, weights_of(unet))


def test_convolutions_and_the_words_of_the_first_program(unet: Any, tmp_path: Path):
    """ComfyUI's and older scripts' files name layers as the checkpoint in one file does."""
    layers = layers_of(unet, "resnets.0.conv1", "downsamplers.0.conv", "proj_in", "conv_shortcut")
    before, parts = weights_of(unet), factors(layers)
    names = names_of(UNET, layers, 1)
    ldm = {path: "lora_unet_" + ldm_paths(path, 1)[0].replace(".", "_") for path in layers}
    assert {place.path for name in ldm.values() for place, _ in names[name]} == set(layers)
    tensors: dict[str, Any] = {}
    for path, (a, b) in parts.items():
        tensors[f"{ldm[path]}.lora_down.weight"], tensors[f"{ldm[path]}.lora_up.weight"] = a, b
    loras = Loras({UNET: unet})
    assert loras.wear([(str(save(tmp_path / "c.safetensors", tensors)), 1.0)]) == len(layers)
    for name, (a, b) in parts.items():
        wanted = before[f"{name}.weight"] + (b.flatten(1) @ a.flatten(1)).reshape(layers[name])
        torch.testing.assert_close(unet.get_submodule(name).weight.data, wanted)
    loras.wear([])
    assert same(before, weights_of(unet))


@pytest.mark.parametrize("kind", ["lokr", "lokr of whole matrices", "loha", "locon with a core"])
def test_what_lycoris_makes(unet: Any, tmp_path: Path, kind: str):
    random = torch.Generator().manual_seed(3)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=random) * 0.3

    path, shape = next(iter(layers_of(unet, "attn1.to_q").items()))
    out, wide = shape
    if kind == "lokr":
        w1, a, b = draw(4, 4), draw(out // 4, 2), draw(2, wide // 4)
        tensors = {"lokr_w1": w1, "lokr_w2_a": a, "lokr_w2_b": b, "alpha": torch.tensor(1.0)}
        delta = torch.kron(w1, a @ b) / 2
    elif kind == "lokr of whole matrices":
        w1, w2 = draw(4, 4), draw(out // 4, wide // 4)
        tensors = {"lokr_w1": w1, "lokr_w2": w2, "alpha": torch.tensor(99.0)}
        delta = torch.kron(w1, w2)
    elif kind == "loha":
        a, b, c, d = draw(out, 2), draw(2, wide), draw(out, 2), draw(2, wide)
        tensors = {"hada_w1_a": a, "hada_w1_b": b, "hada_w2_a": c, "hada_w2_b": d}
        delta = (a @ b) * (c @ d)
    else:
        path, shape = next(iter(layers_of(unet, "resnets.0.conv1").items()))
        down, mid, up = draw(2, shape[1], 1, 1), draw(2, 2, 3, 3), draw(shape[0], 2, 1, 1)
        tensors = {"lora_down.weight": down, "lora_mid.weight": mid, "lora_up.weight": up}
        delta = torch.einsum("or,rsxy,si->oixy", up[:, :, 0, 0], mid, down[:, :, 0, 0])
    before = unet.get_submodule(path).weight.clone()
    name = "lycoris_unet_" + path.replace(".", "_")
    file = save(tmp_path / "k.safetensors", {f"{name}.{part}": t for part, t in tensors.items()})
    loras = Loras({UNET: unet})
    assert loras.wear([(str(file), 0.5)]) == 1
    torch.testing.assert_close(unet.get_submodule(path).weight.data, before + 0.5 * delta)
    loras.wear([])
    assert torch.equal(unet.get_submodule(path).weight, before)


def test_kohya_s_names_are_diffusers_own(unet: Any):
    """Its converter gives every layer of the attention the name that ours has."""
    from diffusers.loaders.lora_conversion_utils import _convert_non_diffusers_lora_to_diffusers

    layers = layers_of(unet, *ATTENTION)
    converted, _ = _convert_non_diffusers_lora_to_diffusers(kohya("lora_unet_", factors(layers)))
    pattern = re.compile(r"unet\.(.+?)(\.lora_[AB]\.weight|[._]lora\.(down|up)\.weight)")
    theirs = {
        match[1].replace(".processor.", ".") for n in converted if (match := pattern.fullmatch(n))
    }
    assert len(theirs) == len(layers)
    ours = names_of(UNET, layers, 1)
    assert {place.path for name in theirs for place, _ in ours[f"unet.{name}"]} == {
        place.path for path in layers for place, _ in ours["lora_unet_" + path.replace(".", "_")]
    }


def test_several_are_worn_at_once_and_only_what_changes_is_made_anew(unet: Any, tmp_path: Path):
    before = weights_of(unet)
    first, second = (
        save(tmp_path / f"{end}.safetensors", peft("unet.", factors(layers_of(unet, end), seed)))
        for seed, end in enumerate(("to_q", "to_k"))
    )
    loras, both = Loras({UNET: unet}), [(str(first), 0.5), (str(second), 1.0)]
    queries, keys = len(layers_of(unet, "to_q")), len(layers_of(unet, "to_k"))
    assert loras.wear(both) == queries + keys
    assert loras.wear(both) == 0
    assert loras.wear([(str(first), 0.6), (str(second), 1.0)]) == queries
    loras.wear([(str(first), 0.5), (str(second), 1.0)])
    worn = weights_of(unet)
    loras.wear([])
    loras.wear(both)
    assert same(worn, weights_of(unet))
    assert loras.wear([(str(first), 0.5), (str(second), 0.0)]) == keys
    loras.wear([])
    assert same(before, weights_of(unet))


def test_it_changes_pictures_and_leaves_none_of_it(
    model: Any, engine: DiffusionEngine, base: GenerationRequest, tmp_path: Path
):
    """Through the engine: words as well, and what was remembered of them without it."""
    words = factors(layers_of(model.texts[0].model, "q_proj"))
    more = factors(layers_of(model.texts[1].model, "fc1"))
    text = {f"text_model.{path.removeprefix('text_model.')}": pair for path, pair in words.items()}
    other = {path.removeprefix("text_model."): pair for path, pair in more.items()}
    only_words = save(
        tmp_path / "words.safetensors",
        kohya("lora_te1_text_model_", {p.removeprefix("text_model."): v for p, v in text.items()})
        | peft("text_encoder_2.text_model.", other),
    )
    unet = save(
        tmp_path / "unet.safetensors", kohya("lora_unet_", factors(layers_of(model.unet, "to_q")))
    )
    plain = final(engine, base)
    worn = final(engine, replace(base, loras=((str(only_words), 1.0),)))
    both = final(engine, replace(base, loras=((str(only_words), 1.0), (str(unet), 3.0))))
    assert distance(plain, worn) > 0.01 and distance(worn, both) > 0.01
    assert np.array_equal(plain, final(engine, base))
    drawn = replace(base, controls=depth(), loras=((str(unet), 3.0),))
    assert distance(final(engine, drawn), final(engine, replace(drawn, loras=()))) > 0.01
    assert np.array_equal(plain, final(engine, replace(base, loras=((str(unet), 0.0),))))
    assert engine.notes(replace(base, loras=((str(unet), 1.0),))) == []


def test_what_fits_nothing_is_counted_and_said(
    engine: DiffusionEngine, model: Any, base: GenerationRequest, tmp_path: Path
):
    tensors = kohya("lora_unet_", factors(layers_of(model.unet, "attn2.to_q")))
    known = len(tensors)
    tensors |= {"lora_unet_elsewhere.lora_down.weight": torch.zeros(1, 1)}
    tensors |= {"something.else": torch.zeros(1)}
    path = save(tmp_path / "half.safetensors", tensors)
    notes = engine.notes(replace(base, loras=((str(path), 1.0),)))
    assert any(f"2 of {known + 2} tensors fit nothing" in note for note in notes)


def test_the_embedded_model_says_no(
    engine: DiffusionEngine, tiny_model: Path, base: GenerationRequest
):
    request = replace(base, model=str(tiny_model), sampler="consistency", loras=(("a", 1.0),))
    with pytest.raises(StudioError, match="no LoRAs"):
        final(engine, request)


def good(unet: Any) -> dict[str, Any]:
    return kohya("lora_unet_", factors(layers_of(unet, "to_q")))


def of_another_model(unet: Any) -> dict[str, Any]:
    parts = factors(dict.fromkeys(layers_of(unet, "to_q"), (64, 64)))
    return kohya("lora_unet_", parts)


def a_kronecker_bomb(unet: Any) -> dict[str, Any]:
    path = next(iter(layers_of(unet, "to_q"))).replace(".", "_")
    big = torch.zeros(4096, 1024)
    return {f"lora_unet_{path}.lokr_w1": big, f"lora_unet_{path}.lokr_w2": big.clone()}


def lengths_of_nothing(unet: Any) -> dict[str, Any]:
    names = {name.rpartition(".")[0] for name in good(unet) if name.endswith(".alpha")}
    return good(unet) | {f"{name}.dora_scale": torch.ones(1, 1) for name in names}


HOSTILE: dict[str, tuple[Callable[[Any], dict[str, Any]], str]] = {
    "no LoRA": (lambda _: {"weight": torch.zeros(1)}, "none of its tensors is a LoRA's"),
    "of another model": (of_another_model, "does not fit this model"),
    "a Kronecker product of terabytes": (a_kronecker_bomb, "does not fit this model"),
    "not finite": (
        lambda unet: {name: t * torch.nan for name, t in good(unet).items()},
        "not finite",
    ),
    "half of each pair": (
        lambda unet: {n: t for n, t in good(unet).items() if "lora_up" not in n},
        "missing",
    ),
    "whole numbers": (lambda unet: {n: t.long() for n, t in good(unet).items()}, "numbers"),
    "lengths of neither rows nor columns": (lengths_of_nothing, "DoRA"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_and_change_nothing(unet: Any, tmp_path: Path, case: str):
    make, said = HOSTILE[case]
    before = weights_of(unet)
    path = save(tmp_path / "evil.safetensors", make(unet))
    loras = Loras({UNET: unet})
    with pytest.raises(StudioError, match=said):
        loras.wear([(str(path), 1.0)])
    assert same(before, weights_of(unet))


@pytest.fixture(scope="module", params=["sd3", "pixart"])
def transformer(request: pytest.FixtureRequest) -> Any:
    """A model whose denoiser is one, and what its first program calls a layer of three and one of one."""
    folder = request.getfixturevalue(f"make_{request.param}")()
    names = {
        "sd3": ("joint_blocks.1.context_block.attn.qkv", "joint_blocks.0.x_block.mlp.fc1"),
        "pixart": ("blocks.1.attn.qkv", "blocks.0.cross_attn.proj"),
    }
    return load_model(str(folder), CPU), names[request.param]


@pytest.mark.parametrize("layout", ["peft", "kohya", "first program"])
def test_a_transformer_wears_it_too(transformer: Any, tmp_path: Path, layout: str):
    """Of a layer that is several in the class each takes its rows."""
    model, (joined, plain) = transformer
    network, before = model.transformer, weights_of(model.transformer)
    layers, scale = layers_of(network, "to_q", "to_k", "to_v", "to_out.0"), 1.0
    if layout == "first program":
        names: dict[str, list[str]] = {plain: [], joined: []}
        for path, module in network.named_modules():
            for own, share in model.also_called(path) if hasattr(module, "weight") else ():
                names.get(own, []).insert(share.number, path)
        assert len(names[plain]) == 1 and len(names[joined]) == 3
        rows = {own: len(before[f"{paths[0]}.weight"]) for own, paths in names.items()}
        wide = {own: before[f"{paths[0]}.weight"].shape[1] for own, paths in names.items()}
        parts = factors({own: (rows[own] * len(paths), wide[own]) for own, paths in names.items()})
        tensors, scale = kohya("lora_unet_", parts), 1 / RANK
        wanted = {
            path: (b @ a).chunk(len(names[own]))[i]
            for own, (a, b) in parts.items()
            for i, path in enumerate(names[own])
        }
    else:
        parts = factors(layers)
        prefix = "transformer." if layout == "peft" else "lora_transformer_"
        scale = 1.0 if layout == "peft" else 1 / RANK
        tensors = peft(prefix, parts) if layout == "peft" else kohya(prefix, parts)
        wanted = {path: b @ a for path, (a, b) in parts.items()}
    path = save(tmp_path / "ink.safetensors", tensors)
    assert model.loras.wear([(str(path), 0.5)]) == len(wanted)
    after = weights_of(network)
    for layer, delta in wanted.items():
        made = before[f"{layer}.weight"].float() + 0.5 * scale * delta
        torch.testing.assert_close(after[f"{layer}.weight"].float(), made, atol=1e-3, rtol=1e-2)
    assert model.loras.notes([(str(path), 0.5)]) == []
    model.loras.wear([])
    assert same(before, weights_of(network))
