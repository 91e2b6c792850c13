"""From words to what a Qwen3 language model makes of them on its way: the text encoder of Z-Image and of FLUX.2 klein.

A prompt stands in the form of a talk with the model, as it was trained with; what is read are the states after some of
its layers. Weights of words, `(red:1.3)`, mean what they mean everywhere here: `engine/words/text.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from studio_app.engine.device import sent
from studio_app.engine.words.text import Tokens, parse_weights

BEGIN, END, PAD = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
USER = f"{BEGIN}user\n"
ANSWER = f"{END}\n{BEGIN}assistant\n"
"""After the words of who asks: the model is about to answer."""
NO_THOUGHTS = "<think>\n\n</think>\n\n"
"""What stands there once it has thought, and had no thoughts."""
MOST = 512
"""Tokens that both pipelines read, with those of the form."""


@dataclass(frozen=True)
class Reading:
    """How a family reads a prompt. answer: what follows its words. layers: the states that are read, by how many layers
    have made them; they lie beside each other. padded: whether a short prompt is filled up to `MOST`, as klein was
    trained."""

    answer: str
    layers: tuple[int, ...]
    padded: bool


class QwenEncoder:
    """A tokenizer and the first layers of a Qwen3Model as one function from prompt to embedding: float32 [1, L, D], D
    the model's width times the layers that are read."""

    def __init__(self, tokenizer: Any, model: Any, reading: Reading) -> None:
        self.model = model
        self.width: int = model.config.hidden_size * len(reading.layers)
        self._reading = reading
        self._tokenizer = tokenizer
        self._pad: int = tokenizer.convert_tokens_to_ids(PAD)

    def tokens(self, prompt: str) -> Tokens:
        """The form around as many words as there is room for."""
        head, tail = self._form
        room = MOST - len(head) - len(tail)
        ids, groups, dropped, gap = list[int](), list[tuple[int, int, float]](), 0, ""
        for text, weight in parse_weights(prompt.strip()):
            text, gap = (
                gap + text.rstrip(),
                text[len(text.rstrip()) :],
            )  # a space begins a word here
            # Nobody's prompt may speak the reserved tokens.
            words = self._ids(text.replace("<|", "< |"))
            dropped += max(len(ids) + len(words) - room, 0)
            words = words[: room - len(ids)]
            if weight != 1.0 and words:
                first = len(head) + len(ids)
                groups.append((first, first + len(words), weight))
            ids += words
        ids = [*head, *ids, *tail]
        if self._reading.padded:
            ids += [self._pad] * (MOST - len(ids))
        return Tokens(ids, groups, dropped)

    @torch.inference_mode()
    def encode(self, prompt: str) -> Tensor:
        tokens = self.tokens(prompt)
        ids = torch.tensor([tokens.ids] * (1 + len(tokens.groups)))
        seen = torch.ones_like(ids)
        if self._reading.padded:
            seen[:, self._length(tokens) :] = 0
        for row, (first, last, _) in enumerate(tokens.groups, 1):
            ids[row, first:last] = self._pad
            seen[row, first:last] = 0
        rows = self._run(ids, None if bool(seen.all()) else seen)
        full = rows[:1]
        for row, (*_, weight) in enumerate(tokens.groups, 1):
            full = full + (weight - 1.0) * (rows[:1] - rows[row : row + 1])
        return full

    def _run(self, ids: Tensor, seen: Tensor | None) -> Tensor:
        place = self.model.device
        mask = None if seen is None else sent(seen, place)
        output = self.model(
            input_ids=sent(ids, place),
            attention_mask=mask,
            output_hidden_states=True,
            use_cache=False,
        )
        states = [output.hidden_states[layer].float() for layer in self._reading.layers]
        return torch.cat(states, -1)

    def _length(self, tokens: Tokens) -> int:
        """Without what it is filled up with."""
        return next((i for i, one in enumerate(tokens.ids) if one == self._pad), len(tokens.ids))

    @cached_property
    def _form(self) -> tuple[list[int], list[int]]:
        return self._ids(USER), self._ids(self._reading.answer)

    def _ids(self, text: str) -> list[int]:
        if not text:
            return []
        return self._tokenizer(text, add_special_tokens=False, truncation=False, verbose=False)[
            "input_ids"
        ]
