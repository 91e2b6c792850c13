"""What a file is, told by its header alone."""
# ruff: noqa: E501  (a row of a table is a line)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from studio_app.catalogue.controls import kind_by_name
from studio_app.catalogue.encoders import CLIP, SIGLIP
from studio_app.catalogue.families import FAMILIES, TEXT_ENCODERS, VAES
from studio_app.catalogue.headers import TensorInfo
from studio_app.catalogue.identify import identify, identify_file
from studio_app.catalogue.identity import ROLES, Identity, from_json, to_json
from studio_app.core.errors import StudioError
from tests.catalogue import layouts as of

Case = tuple[Callable[[], of.Tensors], dict[str, Any]]

WHOLE: dict[str, Case] = {
    "SD 1 in one file": (of.sd1_file, {"role": "checkpoint", "family": "sd1", "layout": "LDM", "parts": ("denoiser", "vae", "clip-l"), "prediction": "epsilon", "numbers": "fp16"}),
    "SD 1 for inpainting": (lambda: of.ldm(of.unet(channels=9)) | of.named(of.clip(), "cond_stage_model.transformer.text_model."), {"family": "sd1", "variant": "for inpainting"}),
    "SD 1 of v-prediction": (lambda: of.sd1_file() | {"v_pred": TensorInfo("F32", (0,)), "ztsnr": TensorInfo("F32", (0,))}, {"prediction": "v", "zero_snr": True, "guesses": ()}),
    "SD 2 in one file": (lambda: of.ldm(of.unet(1024)) | of.ldm_vae(of.vae()) | of.named(of.open_clip(1024), "cond_stage_model.model."), {"family": "sd2", "parts": ("denoiser", "vae", "clip-h")}),
    "SDXL in one file": (of.xl_file, {"role": "checkpoint", "family": "sdxl", "parts": ("denoiser", "vae", "clip-l", "clip-g")}),
    "SDXL refiner": (lambda: of.ldm(of.xl(1280, 2560)) | of.ldm_vae(of.vae()) | of.named(of.open_clip(1280), "conditioner.embedders.0.model."), {"family": "sdxl-refiner", "parts": ("denoiser", "vae", "clip-g")}),
    "SDXL without words": (lambda: of.ldm(of.xl()), {"role": "denoiser", "family": "sdxl"}),
    "U-Net of SD 1": (of.unet, {"role": "denoiser", "family": "sd1", "layout": "diffusers", "width": 320}),
    "U-Net of LCM": (lambda: of.unet(time_cond_proj_dim=256), {"family": "sd1", "few_step": "LCM", "guesses": ("prediction",)}),
    "U-Net of SD 2": (lambda: of.unet(1024), {"role": "denoiser", "family": "sd2"}),
    "U-Net of SDXL": (of.xl, {"role": "denoiser", "family": "sdxl", "layout": "diffusers"}),
    "PixArt alpha": (lambda: of.network("PixArtTransformer2DModel", num_layers=2), {"family": "pixart", "variant": "alpha", "layout": "diffusers", "blocks": 2, "width": 1152, "prediction": "epsilon"}),
    "PixArt sigma": (lambda: of.network("PixArtTransformer2DModel", num_layers=2, use_additional_conditions=False), {"family": "pixart", "variant": "sigma, or alpha at 512"}),
    "PixArt's own names": (lambda: of.marks("blocks.0.cross_attn.q_linear.weight", "t_block.1.weight", "csize_embedder.mlp.0.weight", "x_embedder.proj.weight"), {"family": "pixart", "variant": "alpha", "layout": "original"}),
    "SD 3": (lambda: of.network("SD3Transformer2DModel", num_layers=24, num_attention_heads=24), {"family": "sd3", "variant": "3 medium", "prediction": "flow", "blocks": 24, "layout": "diffusers"}),
    "SD 3.5 large": (lambda: of.network("SD3Transformer2DModel", num_layers=38, num_attention_heads=38), {"family": "sd3", "variant": "3.5 large"}),
    "SD 3.5 medium": (lambda: of.network("SD3Transformer2DModel", num_layers=24, num_attention_heads=24, dual_attention_layers=tuple(range(13)), qk_norm="rms_norm"), {"family": "sd3", "variant": "3.5 medium"}),
    "SD 3 in one file": (lambda: of.named(of.marks("joint_blocks.0.context_block.adaLN_modulation.1.bias", "joint_blocks.0.x_block.mlp.fc1.weight"), "model.diffusion_model.") | of.named(of.clip(), "text_encoders.clip_l.transformer.text_model.") | of.named(of.clip(1280), "text_encoders.clip_g.transformer.text_model.") | of.ldm_vae(of.vae(16, use_quant_conv=False, use_post_quant_conv=False)), {"role": "checkpoint", "family": "sd3", "layout": "SAI", "parts": ("denoiser", "vae", "clip-l", "clip-g")}),
    "Z-Image": (lambda: of.network("ZImageTransformer2DModel", n_layers=2), {"family": "z-image", "layout": "diffusers", "width": 3840, "prediction": "flow"}),
    "Z-Image of ComfyUI": (lambda: of.z_image_file(), {"role": "checkpoint", "family": "z-image", "layout": "original", "width": 3840, "parts": ("denoiser", "vae", "qwen3-4b")}),
    "Lumina 2": (lambda: of.network("Lumina2Transformer2DModel", num_layers=2), {"family": "lumina2"}),
    "FLUX.2 klein 4B": (lambda: of.flux2(3072, 7680), {"family": "flux2-klein", "layout": "diffusers", "few_step": "Distilled", "blocks": 3}),
    "FLUX.2 klein 9B": (lambda: of.flux2(4096, 12288), {"family": "flux2-klein-9b"}),
    "FLUX.2 dev": (lambda: of.flux2(6144, 15360), {"family": "flux2", "few_step": ""}),
    "FLUX.2 klein of BFL": (lambda: of.klein_file(), {"role": "checkpoint", "family": "flux2-klein", "layout": "BFL", "width": 3072, "blocks": 3, "parts": ("denoiser", "vae", "qwen3-4b")}),
    "FLUX.1 dev": (of.flux1, {"family": "flux1", "variant": "dev", "layout": "diffusers"}),
    "FLUX.1 fill": (lambda: of.flux1(entry=384), {"family": "flux1", "variant": "fill"}),
    "FLUX.1 schnell": (lambda: of.flux1(guided=False), {"variant": "schnell", "few_step": "Schnell", "guesses": ()}),
    "FLUX.1 of BFL": (lambda: of.bfl_flux1(True), {"family": "flux1", "variant": "dev", "layout": "BFL"}),
    "FLUX.1 schnell of ComfyUI": (lambda: of.named(of.bfl_flux1(False), "model.diffusion_model."), {"family": "flux1", "variant": "schnell"}),
    "Chroma": (lambda: of.network("ChromaTransformer2DModel", num_layers=1, num_single_layers=1), {"family": "chroma"}),
    "SANA": (lambda: of.network("SanaTransformer2DModel", num_layers=1), {"family": "sana"}),
    "Qwen-Image": (lambda: of.network("QwenImageTransformer2DModel", num_layers=1), {"family": "qwen-image"}),
    "AuraFlow": (lambda: of.network("AuraFlowTransformer2DModel", num_mmdit_layers=1, num_single_dit_layers=1), {"family": "auraflow"}),
    "Wan": (lambda: of.network("WanTransformer3DModel", num_layers=1), {"family": "wan"}),
    "Anima": (lambda: of.named(of.marks("x_embedder.proj.1.weight", "blocks.0.self_attn.q_proj.weight", "llm_adapter.blocks.0.cross_attn.q_proj.weight"), "net."), {"family": "anima"}),
    "Cosmos": (lambda: of.named(of.marks("x_embedder.proj.1.weight", "blocks.0.self_attn.q_proj.weight"), "net."), {"family": "cosmos"}),
}  # fmt: skip

PARTS: dict[str, Case] = {
    "autoencoder of SD": (of.vae, {"role": "vae", "detail": "kl4", "layout": "diffusers"}),
    "autoencoder of SD, LDM": (lambda: of.ldm_vae(of.vae()), {"role": "vae", "detail": "kl4", "layout": "LDM"}),
    "autoencoder of FLUX.1": (lambda: of.vae(16), {"role": "vae", "detail": "kl16"}),
    "autoencoder of FLUX.2": (lambda: of.network("AutoencoderKLFlux2"), {"role": "vae", "detail": "flux2"}),
    "autoencoder of Wan": (lambda: of.network("AutoencoderKLWan"), {"role": "vae", "detail": "wan"}),
    "autoencoder of SANA": (lambda: of.network("AutoencoderDC"), {"role": "vae", "detail": "dc32"}),
    "TAESD": (lambda: of.network("AutoencoderTiny"), {"role": "tiny vae", "detail": f"TAESD for {VAES['kl4']}"}),
    "TAEF1": (lambda: of.network("AutoencoderTiny", latent_channels=16), {"role": "tiny vae", "detail": f"TAESD for {VAES['kl16']}"}),
    "TAESD's decoder": (lambda: {n.removeprefix("decoder.layers."): t for n, t in of.network("AutoencoderTiny").items() if n.startswith("decoder")}, {"role": "tiny vae", "detail": f"TAESD for {VAES['kl4']}"}),
    "CLIP-L": (of.clip, {"role": "text encoder", "detail": "clip-l"}),
    "CLIP-L of ComfyUI": (lambda: of.named(of.clip(), "text_model."), {"role": "text encoder", "detail": "clip-l"}),
    "CLIP-G": (lambda: of.clip(1280), {"role": "text encoder", "detail": "clip-g"}),
    "OpenCLIP H": (lambda: of.open_clip(1024), {"role": "text encoder", "detail": "clip-h"}),
    "T5-XXL": (of.t5, {"role": "text encoder", "detail": "t5-xxl"}),
    "Qwen3 4B": (of.qwen3, {"role": "text encoder", "detail": "qwen3-4b"}),
    "Qwen3 8B": (lambda: of.named(of.qwen3(4096), "model."), {"role": "text encoder", "detail": "qwen3-8b"}),
    "Qwen3 0.6B": (lambda: of.qwen3(1024), {"role": "text encoder", "detail": "qwen3-0.6b"}),
    "CLIP vision": (lambda: of.encoder("CLIPVisionModel", "CLIPVisionConfig", num_hidden_layers=1), {"role": "image encoder", "detail": CLIP}),
    "SigLIP vision": (lambda: of.encoder("SiglipVisionModel", "SiglipVisionConfig", num_hidden_layers=1), {"role": "image encoder", "detail": SIGLIP, "width": 768}),
    "SigLIP vision, as it was written": (lambda: of.named(of.encoder("SiglipVisionModel", "SiglipVisionConfig", num_hidden_layers=1), "vision_model."), {"role": "image encoder", "detail": SIGLIP, "width": 768}),
    "embedding": (lambda: of.marks("emb_params", shape=(4, 768)), {"role": "embedding", "family": "sd1"}),
    "embedding of SDXL": (lambda: of.marks("clip_l", "clip_g"), {"role": "embedding", "family": "sdxl"}),
    "upscaler": (lambda: of.marks("conv_first.weight", "body.0.rdb1.conv1.weight"), {"role": "upscaler"}),
    "something else": (lambda: of.marks("weight.a", "weight.b", "c", shape=(3, 3, 3)), {"role": "unknown", "family": ""}),
}  # fmt: skip

CONTROLS: dict[str, Case] = {
    "ControlNet of SD 1": (lambda: of.network("ControlNetModel", cross_attention_dim=768), {"role": "controlnet", "family": "sd1", "layout": "diffusers"}),
    "ControlNet, LDM": (lambda: {n.replace("model.diffusion_model.", "control_model."): t for n, t in of.ldm(of.unet()).items()} | of.marks("control_model.input_hint_block.0.weight"), {"role": "controlnet", "family": "sd1", "layout": "LDM"}),
    "ControlNet of SD 2": (lambda: of.network("ControlNetModel", cross_attention_dim=1024), {"role": "controlnet", "family": "sd2"}),
    "ControlNet of SDXL": (lambda: of.network("ControlNetModel", cross_attention_dim=2048, block_out_channels=(320, 640, 1280), down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"), transformer_layers_per_block=(1, 2, 4), addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816), {"role": "controlnet", "family": "sdxl"}),
    "small ControlNet of SDXL": (lambda: of.network("ControlNetModel", cross_attention_dim=2048, block_out_channels=(320, 640, 1280), down_block_types=("DownBlock2D",) * 3, mid_block_type="UNetMidBlock2D", addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816), {"role": "controlnet", "family": "sdxl"}),
    "union of SDXL": (lambda: of.network("ControlNetUnionModel", cross_attention_dim=2048, block_out_channels=(320, 640, 1280), down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"), transformer_layers_per_block=(1, 2, 4), addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816, num_control_type=8), {"role": "union controlnet", "family": "sdxl", "detail": "8 kinds of control"}),
    "union of FLUX.1": (lambda: of.network("FluxControlNetModel", num_layers=1, num_single_layers=1, num_mode=7), {"role": "union controlnet", "family": "flux1"}),
    "ControlNet of SD 3": (lambda: of.network("SD3ControlNetModel", num_layers=1), {"role": "controlnet", "family": "sd3"}),
    "union of Z-Image": (lambda: of.network("ZImageControlNetModel", control_layers_places=(0, 2), control_refiner_layers_places=(0, 1), control_in_dim=33, add_control_noise_refiner="control_noise_refiner"), {"role": "union controlnet", "family": "z-image"}),
    "adapter of SD 1": (lambda: of.network("T2IAdapter", in_channels=3, adapter_type="full_adapter"), {"role": "t2i adapter", "family": "sd1", "detail": "sees colour", "layout": "diffusers"}),
    "adapter of SD 1, its own names": (lambda: {n.removeprefix("adapter.").replace("body.0.resnets.0", "body.0"): t for n, t in of.network("T2IAdapter", in_channels=1).items()}, {"role": "t2i adapter", "family": "sd1", "detail": "sees grey", "layout": "original"}),
    "adapter of SDXL": (lambda: of.network("T2IAdapter", in_channels=3, adapter_type="full_adapter_xl", downscale_factor=16), {"role": "t2i adapter", "family": "sdxl"}),
    "IP-Adapter of SD 1": (lambda: of.marks("image_proj.proj.weight", "ip_adapter.1.to_k_ip.weight", **{"ip_adapter.1.to_k_ip.weight": (320, 768)}), {"role": "ip adapter", "family": "sd1"}),
    "IP-Adapter of SDXL": (lambda: of.marks("image_proj.proj.weight", "ip_adapter.1.to_k_ip.weight", **{"ip_adapter.1.to_k_ip.weight": (640, 2048)}), {"role": "ip adapter", "family": "sdxl", "detail": CLIP}),
    "IP-Adapter of SD 3": (lambda: of.marks("image_proj.time_embedding.linear_1.weight", "image_proj.proj_in.weight", "ip_adapter.0.to_k_ip.weight", **{"image_proj.proj_in.weight": (1280, 1152)}), {"role": "ip adapter", "family": "sd3", "detail": SIGLIP, "width": 1152}),
}  # fmt: skip

LORAS: dict[str, Case] = {
    "kohya's of SD 1": (lambda: of.kohya(of.unet(), "lora_unet_") | of.kohya(of.clip(), "lora_te_text_model_"), {"role": "lora", "family": "sd1", "layout": "kohya", "rank": 16}),
    "kohya's of SDXL": (lambda: of.kohya(of.xl(), "lora_unet_") | of.kohya(of.clip(1280), "lora_te2_text_model_"), {"role": "lora", "family": "sdxl", "layout": "kohya"}),
    "kohya's of SDXL's U-Net": (lambda: of.kohya(of.xl(), "lora_unet_", 4), {"family": "sdxl", "rank": 4}),
    "LoKr of SDXL": (lambda: of.kohya(of.xl(), "lora_unet_", kin="lokr"), {"role": "lora", "family": "sdxl", "layout": "LoKr, kohya"}),
    "PEFT of SD 1": (lambda: of.peft(of.unet(), "unet."), {"family": "sd1", "layout": "diffusers", "rank": 8}),
    "PEFT of SD 2": (lambda: of.peft(of.unet(1024), "base_model.model."), {"family": "sd2", "layout": "PEFT"}),
    "of FLUX.1, diffusers": (lambda: of.peft(of.flux1(), "transformer."), {"family": "flux1", "layout": "diffusers"}),
    "of FLUX.2 klein, diffusers": (lambda: of.peft(of.flux2(3072, 7680), "transformer."), {"family": "flux2-klein"}),
    "of FLUX.1, ComfyUI": (lambda: of.peft(of.marks("single_blocks.0.linear1.weight", shape=(21504, 3072)), "diffusion_model."), {"family": "flux1", "layout": "ComfyUI"}),
    "of FLUX.2 klein, ComfyUI": (lambda: of.peft(of.marks("single_blocks.0.linear1.weight", shape=(27648, 3072)), "diffusion_model."), {"family": "flux2-klein"}),
    "of Z-Image": (lambda: of.peft(of.network("ZImageTransformer2DModel", n_layers=2), "diffusion_model."), {"family": "z-image"}),
    "of Qwen-Image": (lambda: of.peft(of.network("QwenImageTransformer2DModel", num_layers=1), "transformer."), {"family": "qwen-image"}),
    "of PixArt": (lambda: of.peft(of.network("PixArtTransformer2DModel", num_layers=2), "transformer."), {"family": "pixart"}),
    "of SD 3": (lambda: of.peft(of.network("SD3Transformer2DModel", num_layers=2), "transformer."), {"family": "sd3"}),
    "of Wan": (lambda: of.peft(of.marks("blocks.0.self_attn.q.weight", "blocks.0.cross_attn.o.weight"), "diffusion_model."), {"family": "wan"}),
    "of Anima": (lambda: of.peft(of.marks("blocks.0.self_attn.q_proj.weight"), "diffusion_model."), {"family": "cosmos"}),
    "of nobody": (lambda: of.marks("a.lora_down.weight", "a.lora_up.weight"), {"role": "lora", "family": "", "layout": "unknown names"}),
}  # fmt: skip

NUMBERS: dict[str, Case] = {
    "fp8": (lambda: of.in_dtype(of.xl(), "F8_E4M3"), {"family": "sdxl", "numbers": "fp8 (e4m3)", "unreadable": ""}),
    "fp8, scaled by ComfyUI": (lambda: of.in_dtype(of.xl(), "F8_E4M3", ".scale_weight") | of.marks("scaled_fp8"), {"family": "sdxl", "numbers": "fp8, scaled", "unreadable": ""}),
    "fp8, scaled anew": (lambda: of.in_dtype(of.xl(), "F8_E4M3", ".weight_scale", ".comfy_quant"), {"numbers": "fp8, scaled", "unreadable": ""}),
    "int8, rotated": (lambda: of.in_dtype(of.flux2(3072, 7680), "I8", ".weight_scale", ".comfy_quant"), {"family": "flux2-klein", "numbers": "int8, rotated (ConvRot)", "unreadable": "int8 with rotated blocks (ConvRot) is not read here"}),
    "nvfp4": (lambda: of.in_dtype(of.flux2(3072, 7680), "U8", ".weight_scale", ".weight_scale_2", ".input_scale"), {"family": "flux2-klein", "numbers": "nvfp4", "unreadable": "nvfp4 needs a Blackwell card and kernels that are not here"}),
    "SVDQuant": (lambda: of.in_dtype(of.flux1(), "I8", ".wscales", ".smooth_factor"), {"family": "flux1", "numbers": "SVDQuant, 4 bits"}),
    "NF4": (lambda: of.in_dtype(of.flux1(), "U8", ".absmax", ".quant_map"), {"numbers": "bitsandbytes, 4 bits"}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(*case, id=name)
        for table in (WHOLE, PARTS, CONTROLS, LORAS, NUMBERS)
        for name, case in table.items()
    ],
)
def test_a_header_says_what_a_file_is(made: Callable[[], of.Tensors], expected: dict[str, Any]):
    found = identify(of.header(made()), "some file")
    said = asdict(found)
    assert {name: said[name] for name in expected} == expected
    assert found.role in ROLES
    assert found.family in ("", *FAMILIES)
    assert from_json(to_json(found)) == found


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("dreamshaper_lcm_v1", {}, {"few_step": "LCM", "guesses": ("prediction", "few_step")}),
        ("realvisXL_lightning", {}, {"few_step": "Lightning"}),
        ("model", {"modelspec__title": "Some Turbo"}, {"few_step": "Turbo"}),
        ("hyper-sd15", {}, {"few_step": "Hyper"}),
        ("noobai_vpred", {}, {"prediction": "v"}),
        ("plain", {"modelspec__prediction_type": "v"}, {"prediction": "v", "guesses": ()}),
        ("plain", {"modelspec__license": "MIT"}, {"licence": "MIT", "few_step": ""}),
        ("turbulence", {}, {"few_step": ""}),
    ],
)
def test_what_only_words_say_is_a_guess(name: str, words: dict[str, str], said: dict[str, Any]):
    found = asdict(identify(of.header(of.unet(), **words), name))
    assert {key: found[key] for key in said} == said


def test_a_klein_that_is_called_base_is_not_distilled():
    tensors = of.flux2(3072, 7680)
    assert identify(of.header(tensors), "flux2-klein-4b").few_step == "Distilled"
    assert identify(of.header(tensors), "flux2-klein-base-4b").few_step == ""


def test_packed_numbers_count_twice():
    plain = identify(of.header(of.flux2(3072, 7680)), "a").parameters
    packed = of.in_dtype(of.flux2(3072, 7680), "U8", ".weight_scale", ".weight_scale_2")
    packed = {
        name: TensorInfo("U8", (info.shape[0], info.shape[1] // 2)) if info.dtype == "U8" else info
        for name, info in packed.items()
    }
    assert identify(of.header(packed), "a").parameters == plain


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("control_v11f1p_sd15_depth", "depth"), ("controlnet-openpose-sdxl-1.0", "pose"),
        ("control_v11p_sd15_normalbae", "normal"), ("t2iadapter_canny", "edge"), ("whatever", ""),
    ],
)  # fmt: skip
def test_a_name_hints_at_what_a_control_wants(name: str, kind: str):
    assert kind_by_name(name) == kind


def test_diffusers_knows_them_by_the_same_marks():
    """Whatever its own table says of the layouts of other programs, ours says too."""
    from diffusers.loaders.single_file_utils import CHECKPOINT_KEY_NAMES as THEIRS

    ours = {
        "v1": "sd1", "flux": "flux1", "flux2": "flux2", "flux3": "flux3", "z-image-turbo": "z-image",
        "lumina2": "lumina2", "qwen-image-2.1": "qwen-image-2.1", "krea2": "krea2", "hidream": "hidream",
        "hunyuan-video": "hunyuan-video", "sd3": "sd3",
    }  # fmt: skip
    for theirs, family in ours.items():
        names = THEIRS[theirs]
        for name in [names] if isinstance(names, str) else names:
            tensors = of.marks(name, "model.diffusion_model.input_blocks.0.0.weight", "model.diffusion_model.middle_block.0.in_layers.0.weight") if family == "sd1" else of.marks(name)  # fmt: skip
            assert identify(of.header(tensors), "a").family == family, name


def test_every_family_is_described_in_words():
    for facts in FAMILIES.values():
        assert facts.vae in VAES
        assert set(facts.text) <= set(TEXT_ENCODERS)
        assert facts.guidance.endswith(".") and facts.negative.endswith(".")


def test_a_kept_identity_of_a_newer_program_is_read_as_far_as_it_is_known():
    value = to_json(Identity("lora", "sd1", rank=4)) | {"colour": "red"}
    assert from_json(value) == Identity("lora", "sd1", rank=4)
    with pytest.raises(ValueError):
        from_json({"role": "emperor"})


@pytest.mark.parametrize("ending", ["safetensors", "gguf"])
@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"", "download it again"),
        (b"\n<!DOCTYPE html><html>Sign in</html>" * 9, "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4665\nsize 9\n", "git lfs pull"),
    ],
)
def test_what_a_download_left_in_a_models_place_is_told(
    tmp_path: Path, start: bytes, said: str, ending: str
):
    path = tmp_path / f"knight.{ending}"
    path.write_bytes(start)
    with pytest.raises(StudioError) as raised:
        identify_file(path)
    assert said in raised.value.detail and "knight" not in raised.value.detail
