"""CLIP's own vocabulary, for checkpoints in one file, which bring none.

Its merges (Radford et al. 2103.00020) lie in `resources/words/`; the 49408 words follow from them: every byte alone,
every byte at the end of a word, every merge in its order, and the two that begin and end a text.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from studio_app.core.resources import packed_bytes
from studio_app.engine.loading.networks import class_of

BEGIN, END = "<|startoftext|>", "<|endoftext|>"


def clip_tokenizer(length: int = 77, pad: str = END) -> Any:
    """A CLIPTokenizer of Stable Diffusion's words. pad: the word that short texts are filled up with."""
    vocabulary, merges = _words()
    return class_of("CLIPTokenizer")(
        vocab=dict(vocabulary), merges=list(merges), model_max_length=length, pad_token=pad
    )


@cache
def _words() -> tuple[dict[str, int], tuple[tuple[str, str], ...]]:
    joins = np.frombuffer(packed_bytes("words", "clip_merges.u16.xz"), "<u2").reshape(-1, 2)
    words = _bytes()
    words += [f"{letter}</w>" for letter in words]
    merges: list[tuple[str, str]] = []
    for first, second in joins.tolist():
        merges.append((words[first], words[second]))
        words.append(words[first] + words[second])
    words += BEGIN, END
    return {word: i for i, word in enumerate(words)}, tuple(merges)


def _bytes() -> list[str]:
    """The character that stands for each byte, in CLIP's order: the printable ones first, as themselves."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + i) for i in range(len(others))]
