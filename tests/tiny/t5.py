"""A tiny real T5: half of one, and a few words in both of the forms in which they lie in folders."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from tests.tiny.networks import write_encoder

PIECES: list[tuple[str, float]] = [
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁", -2.0),
    *((letter, -8.0) for letter in "abcdefghijklmnopqrstuvwxyz,.()ABC12"),
    ("▁red", -3.0),
    ("▁a", -3.5),
    ("tion", -4.0),
    ("▁blue", -3.1),
]


def make_t5_tokenizer(**more: Any) -> Any:
    from transformers import T5Tokenizer

    return T5Tokenizer(vocab=list(PIECES), extra_ids=0, **more)


def write_t5(folder: Path, end: str = "", *, width: int = 32, tokenizer: str = "json") -> Any:
    """A text encoder and its words. tokenizer: "json", as transformers writes them, or "model", as SentencePiece."""
    from transformers import T5Config, T5EncoderModel

    config = T5Config(
        vocab_size=len(PIECES) + 20,
        d_model=width,
        d_kv=8,
        d_ff=2 * width,
        num_layers=2,
        num_heads=2,
        feed_forward_proj="gated-gelu",
    )
    model: Any = T5EncoderModel(config).half()
    write_encoder(folder, f"text_encoder{end}", model, t5_tensors(model))
    if tokenizer == "json":
        make_t5_tokenizer().save_pretrained(folder / f"tokenizer{end}")
    else:
        (folder / f"tokenizer{end}").mkdir()
        write_spiece(folder / f"tokenizer{end}" / "spiece.model")
    return model


def t5_tensors(model: Any) -> dict[str, Any]:
    """As they lie in a file: its words' rows once."""
    return {
        name: tensor.contiguous()
        for name, tensor in model.state_dict().items()
        if name != "encoder.embed_tokens.weight"
    }


def write_spiece(path: Path) -> None:
    """A ModelProto of SentencePiece with the pieces alone, and a field of a kind that is passed over."""
    fields = b"".join(_field(1, _piece(text, score)) for text, score in PIECES)
    path.write_bytes(fields + _field(2, b"\x08\x01"))


def _piece(text: str, score: float) -> bytes:
    return _field(1, text.encode()) + b"\x15" + struct.pack("<f", score) + b"\x18\x01"


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2, len(data)]) + data
