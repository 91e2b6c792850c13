"""Autoencoders, tiny decoders, text and image encoders, embeddings and upscalers, by names and shapes."""

from __future__ import annotations

from studio_app.catalogue.families import TEXT_ENCODERS, VAES
from studio_app.catalogue.identity import Identity
from studio_app.catalogue.marks import Tensors, beginning, first_shape

_INSIDE = {
    "cond_stage_model.transformer.": "clip-l",
    "cond_stage_model.model.": "clip-h",
    "conditioner.embedders.0.transformer.": "clip-l",
    "conditioner.embedders.0.model.": "clip-g",
    "conditioner.embedders.1.model.": "clip-g",
    "text_encoders.clip_l.": "clip-l",
    "text_encoders.clip_g.": "clip-g",
    "text_encoders.t5xxl.": "t5-xxl",
    "text_encoders.qwen3_4b.": "qwen3-4b",
    "text_encoders.qwen3_8b.": "qwen3-8b",
}
"""What the names of a checkpoint's text encoders begin with."""

CLIP, SIGLIP = "CLIP vision", "SigLIP vision"
"""What encoders of pictures are called, and what IP-Adapters look through."""
_QWEN3 = {1024: "qwen3-0.6b", 2560: "qwen3-4b", 4096: "qwen3-8b"}
_T5 = {4096: "t5-xxl", 2048: "t5-xl"}
_CLIP = {768: "clip-l", 1280: "clip-g", 1024: "clip-h"}


def inside(tensors: Tensors) -> list[str]:
    """The text encoders of a whole checkpoint."""
    found = [name for begin, name in _INSIDE.items() if beginning(tensors, begin)]
    return list(dict.fromkeys(found))


def family_by_words(tensors: Tensors) -> str:
    """Of a checkpoint of the LDM layout, which text encoders it holds says more than the width of its words."""
    if beginning(tensors, "conditioner.embedders."):
        alone = beginning(tensors, "conditioner.embedders.0.model.")
        return "sdxl-refiner" if alone else "sdxl"
    if beginning(tensors, "cond_stage_model.model."):
        return "sd2"
    return "sd1" if beginning(tensors, "cond_stage_model.transformer.") else ""


def encoder_of(tensors: Tensors) -> Identity | None:
    """None where it is none of these."""
    for look in (_tiny, _autoencoder, _pictures, _words, _embedding):
        found = look(tensors)
        if found is not None:
            return found
    if beginning(tensors, "conv_first.", "RRDB_trunk.", "model.1.sub.0.RDB1.", "body.0.rdb1."):
        return Identity("upscaler", detail="ESRGAN and kin")
    return None


def _tiny(tensors: Tensors) -> Identity | None:
    for before in ("decoder.layers.", "taesd_decoder.", "decoder.", ""):
        entry = first_shape(tensors, lambda n, b=before: n in (f"{b}0.weight", f"{b}1.weight"))
        deep = any(n.startswith(before) and n.endswith(".conv.0.weight") for n in tensors)
        if len(entry) == 4 and entry[2:] == (3, 3) and deep and len(tensors) < 300:
            channels = entry[1]
            what = {3: "an encoder alone", 4: VAES["kl4"], 16: VAES["kl16"]}.get(channels, "")
            return Identity("tiny vae", detail=f"TAESD for {what}" if channels in (4, 16) else what)
    return None


def _autoencoder(tensors: Tensors) -> Identity | None:
    before = next(
        (b for b in ("first_stage_model.", "vae.", "") if f"{b}decoder.conv_in.weight" in tensors),
        None,
    )
    if before is None:
        if "decoder.middle.0.residual.0.gamma" in tensors:
            return Identity("vae", detail="wan")
        return Identity("vae", detail="dc") if beginning(tensors, "decoder.stages.") else None
    shape = tensors[f"{before}decoder.conv_in.weight"].shape
    layout = "diffusers" if beginning(tensors, f"{before}decoder.up_blocks.") else "LDM"
    channels = shape[1] if len(shape) > 1 else 0
    if len(shape) == 5:
        kind = "wan"
    elif beginning(tensors, f"{before}decoder.up_blocks.0.0."):
        kind = "dc32" if channels == 32 else "dc"
    else:
        kind = {4: "kl4", 16: "kl16", 32: "flux2"}.get(channels, "")
    return Identity("vae", layout=layout, detail=kind)


def _pictures(tensors: Tensors) -> Identity | None:
    patch = "embeddings.patch_embedding.weight"
    seeing = patch in tensors or f"vision_model.{patch}" in tensors
    if (seeing or beginning(tensors, "visual.transformer.")) and not any(
        "token_emb" in name for name in tensors
    ):
        shape = first_shape(tensors, lambda name: name.endswith(patch))
        begun = any(name.endswith("class_embedding") for name in tensors)
        sees = CLIP if begun or not seeing else SIGLIP
        return Identity("image encoder", detail=sees, width=shape[0] if shape else 0)
    return None


def _words(tensors: Tensors) -> Identity | None:
    name = _words_name(tensors)
    assert name in ("", *TEXT_ENCODERS)
    return Identity("text encoder", detail=name) if name else None


def _words_name(tensors: Tensors) -> str:
    width = first_shape(tensors, lambda n: n.endswith((
        "embed_tokens.weight", "token_embd.weight", "token_embedding.weight", "shared.weight",
    )))  # fmt: skip
    last = width[-1] if width else 0
    if any(name.endswith("text_model.embeddings.token_embedding.weight") for name in tensors):
        return _CLIP.get(last, "own")
    if "embeddings.token_embedding.weight" in tensors:
        return _CLIP.get(last, "own")
    if "token_embedding.weight" in tensors and beginning(tensors, "transformer.resblocks."):
        return _CLIP.get(last, "own")
    if any(name.endswith("SelfAttention.q.weight") for name in tensors) or beginning(
        tensors, "enc.blk."
    ):
        if width and width[0] > 200_000:
            return "umt5-xxl"
        return _T5.get(last, "t5")
    seeing = beginning(tensors, "visual.", "model.visual.")
    if (
        any(name.endswith(("self_attn.q_norm.weight", "attn_q_norm.weight")) for name in tensors)
        and last
    ):
        return "qwen3-vl" if seeing else _QWEN3.get(last, "qwen3")
    if seeing and last:
        return "qwen2.5-vl"
    if any(
        name.endswith(("pre_feedforward_layernorm.weight", "post_ffw_norm.weight"))
        for name in tensors
    ):
        return "gemma-2"
    if any(
        name.endswith(("layers.0.self_attn.q_proj.weight", "blk.0.attn_q.weight"))
        for name in tensors
    ):
        return "mistral-24b" if last == 5120 else "llama"
    return ""


def _embedding(tensors: Tensors) -> Identity | None:
    """Textual inversion: a few rows as wide as a word."""
    if {"clip_l", "clip_g"} <= set(tensors):
        return Identity("embedding", "sdxl", "A1111")
    rows = tensors.get("emb_params")
    if rows is None and len(tensors) == 1:
        rows = next(iter(tensors.values()))
    if (
        rows is None
        or len(rows.shape) not in (1, 2)
        or (len(rows.shape) == 2 and rows.shape[0] > 256)
    ):
        return None
    family = {768: "sd1", 1024: "sd2"}.get(rows.shape[-1], "")
    return Identity("embedding", family, "A1111" if "emb_params" in tensors else "diffusers")
