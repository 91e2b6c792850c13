"""Captions as artists type them: shuffled alternatives, forgotten words, words we never taught."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from studio_app.training.data import KINDS
from studio_app.training.recipe import Dropout
from studio_app.training.tokenizer import unknown_words


class Prompter:
    """From a picture's captions to token ids [B, L], the way engine/words/text.py lays them out.

    `BOS [kind] words EOS EOS ...`
    """

    def __init__(
        self,
        tokenizer: Any,
        captions: Sequence[Sequence[str]],
        kinds: np.ndarray,
        dropout: Dropout,
        length: int,
    ) -> None:
        self.length = length
        self._tokenizer = tokenizer
        self._captions = captions
        self._kinds = kinds
        self._dropout = dropout
        self._words: dict[str, list[int]] = {}
        texts = [text for alternatives in captions for text in alternatives]
        self._strangers = unknown_words(texts)
        vocabulary = tokenizer.get_vocab()
        self._bos, self._eos = tokenizer.bos_token_id, tokenizer.eos_token_id
        self._kind_ids = [vocabulary[f"<|{kind}|>"] for kind in KINDS]

    def positives(self, indices: np.ndarray, choices: np.random.Generator) -> Tensor:
        """Augmented captions of the pictures, int64 [B, L]. Some rows are the empty prompt."""
        rows = [self._positive(int(i), choices) for i in indices]
        return torch.tensor(rows)

    def encode(self, texts: Sequence[str], kinds: Sequence[int | None] | None = None) -> Tensor:
        """Plain prompts with an optional index into KINDS each, int64 [B, L]."""
        given = kinds if kinds is not None else [None] * len(texts)
        return torch.tensor(
            [
                self._row(self._ids(text.split()), kind)
                for text, kind in zip(texts, given, strict=True)
            ]
        )

    def _positive(self, index: int, choices: np.random.Generator) -> list[int]:
        dropout = self._dropout
        kind = int(self._kinds[index]) if choices.random() >= dropout.kind else None
        if choices.random() < dropout.text:
            # The kind alone is a prompt too; the wholly empty one is what guidance leaves.
            return self._row([], kind if choices.random() < 0.3 else None)
        alternatives = self._captions[index]
        words = alternatives[int(choices.integers(len(alternatives)))].split()
        if choices.random() < 0.5:
            words = [w for w in words if choices.random() >= 2 * dropout.words] or words
        if self._strangers and choices.random() < dropout.unknown_words:
            for _ in range(int(choices.integers(1, 3))):
                stranger = self._strangers[int(choices.integers(len(self._strangers)))]
                words.insert(int(choices.integers(len(words) + 1)), stranger)
        return self._row(self._ids(words), kind)

    def _row(self, words: list[int], kind: int | None) -> list[int]:
        ids = [self._bos] if kind is None else [self._bos, self._kind_ids[kind]]
        ids = [*ids, *words][: self.length - 1]
        return ids + [self._eos] * (self.length - len(ids))

    def _ids(self, words: Sequence[str]) -> list[int]:
        """Token ids word by word: the tokenizer splits at white space before all else."""
        result: list[int] = []
        for word in words:
            ids = self._words.get(word)
            if ids is None:
                ids = self._tokenizer(word, add_special_tokens=False)["input_ids"]
                self._words[word] = ids
            result.extend(ids)
        return result
