"""From words to embeddings: the only home of prompt syntax, tokens and the text encoder.

A prompt may weight its words: `(red:1.3)` or `(red:1,3)`, `(red)` = 1.1, `((red))` = 1.21, `[red]` = 1 / 1.1, nested at
will; a backslash makes a bracket an ordinary character, and a bracket without its partner is one. A weighted
group moves the whole encoding along the line from "as if these words were not there" to "as they are":
e = e_full + sum over groups of (w - 1) (e_full - e_without), so its effect grows with w, is nothing at
w = 1, and w = 0 takes the words out. Other tools scale only the words' own rows, but in a causal encoder
most of what a word does happens in the rows after it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch import Tensor

from studio_app.engine.device import sent

MAX_WEIGHT = 4.0
_ROUND, _SQUARE = 1.1, 1 / 1.1
_UNREACHED = 1e6
_WEIGHT = re.compile(r"\d*[.,]?\d+")
_MEANT = re.compile(r"\([^()]*:\s*([-+]?[\d.,][\d.,eE+-]*|[-+])\s*\)")
_SYNTAX = re.compile(r"\\[()\[\]\\]|:\s*(\d*[.,]?\d+)\s*\)|[()\[\]]|[^\\()\[\]:]+|.", re.DOTALL)


def parse_weights(prompt: str) -> list[tuple[str, float]]:
    """The prompt in pieces, each with its weight (0..4). Never fails: broken syntax is ordinary text."""
    pieces: list[tuple[str, float]] = []
    open_brackets: list[tuple[str, int]] = []

    def close(bracket: str, weight: float) -> bool:
        if not open_brackets or open_brackets[-1][0] != bracket:
            return False
        begin = open_brackets.pop()[1]
        pieces[begin] = ("", 1.0)  # the bracket was syntax after all
        pieces[begin:] = [(text, old * weight) for text, old in pieces[begin:]]
        return True

    for match in _SYNTAX.finditer(prompt):
        text = match.group()
        if text in "([":
            open_brackets.append((text, len(pieces)))
            pieces.append((text, 1.0))
        elif match.group(1) is not None:
            if not close("(", _number(match.group(1))):
                pieces.append((text, 1.0))
        elif text in ")]":
            if not close("(" if text == ")" else "[", _ROUND if text == ")" else _SQUARE):
                pieces.append((text, 1.0))
        else:
            is_escape = len(text) == 2 and text[0] == "\\"
            pieces.append((text[1:] if is_escape else text, 1.0))
    merged = [
        (weight, "".join(t for t, _ in run)) for weight, run in groupby(pieces, lambda p: p[1])
    ]
    return [(text, min(max(weight, 0.0), MAX_WEIGHT)) for weight, text in merged if text]


def weight_notes(prompt: str) -> list[str]:
    """A sentence for each weight of a prompt that `parse_weights` takes otherwise than it was meant."""
    said: list[str] = []
    for match in _MEANT.finditer(prompt):
        written = match.group(1)
        if not _WEIGHT.fullmatch(written):
            said.append(
                f"the weight {written[:20]!r} is not understood: it is written as (red:1.3)"
            )
        elif _number(written) > MAX_WEIGHT:
            said.append(f"the weight {written[:20]} is taken as {MAX_WEIGHT:g}, the largest")
    return said


def _number(written: str) -> float:
    return min(float(written.replace(",", ".")), _UNREACHED)  # infinity times 0 would be no number


@dataclass(frozen=True)
class Tokens:
    """A page of a prompt. ids: exactly the model's length. groups: (first, last + 1, weight) of the weighted runs.
    dropped: how many tokens did not fit on the last page.
    """

    ids: list[int]
    groups: list[tuple[int, int, float]]
    dropped: int = 0


class PromptEncoder:
    """A CLIPTokenizer and a CLIPTextModel as one function from prompt to embedding.

    Embeddings are float32 [1, pages x length, hidden]: of the last hidden state, after the final layer norm, or of an
    earlier one as it is (layer: -2 is the one before the last layer). skip: an earlier layer, 1 is the last; it is read
    after the norm where the last one would be. A prompt that is too long for the model is read page by page, up to
    `most` of them, each as if it stood alone; then their embeddings follow each other.
    """

    def __init__(
        self,
        tokenizer: Any,
        model: Any,
        device: torch.device,
        *,
        most: int = 1,
        layer: int | None = None,
    ) -> None:
        self.length = min(tokenizer.model_max_length, model.config.max_position_embeddings)
        self.width: int = model.config.hidden_size
        self.pools: int = getattr(model.config, "projection_dim", 0)
        self.model = model
        self._most = most
        self._layer = layer
        self._tokenizer = tokenizer
        self._device = device
        self._bos: int = tokenizer.bos_token_id
        self._eos: int = tokenizer.eos_token_id
        self._pad: int = tokenizer.pad_token_id
        self._vocabulary: dict[str, int] = tokenizer.get_vocab()

    def pages(self, prompt: str, kind: str | None = None) -> list[Tokens]:
        """Each: BOS, the kind's reserved token where there is one, the words, EOS, padding."""
        head = [self._bos]
        if kind is not None and f"<|{kind}|>" in self._vocabulary:
            head.append(self._vocabulary[f"<|{kind}|>"])
        pages: list[Tokens] = []
        ids, groups, dropped = list(head), list[tuple[int, int, float]](), 0
        for text, weight in parse_weights(prompt):
            # Nobody's prompt may speak the reserved tokens.
            words = self._words(text.replace("<|", "< |").strip())
            while words:
                if len(ids) == self.length - 1:
                    if len(pages) + 1 == self._most:
                        dropped += len(words)
                        break
                    pages.append(self._page(ids, groups, 0))
                    ids, groups = list(head), []
                room = self.length - 1 - len(ids)
                if weight != 1.0:
                    groups.append((len(ids), len(ids) + len(words[:room]), weight))
                ids += words[:room]
                words = words[room:]
        return [*pages, self._page(ids, groups, dropped)]

    def tokens(self, prompt: str, kind: str | None = None) -> Tokens:
        """The last page, which says what did not fit."""
        return self.pages(prompt, kind)[-1]

    def encode(self, prompt: str, kind: str | None = None, skip: int = 1) -> Tensor:
        """float32 [1, pages x length, hidden] of a prompt with its weights."""
        return self.encode_pooled(prompt, kind, skip)[0]

    @torch.inference_mode()
    def encode_pooled(
        self, prompt: str, kind: str | None = None, skip: int = 1
    ) -> tuple[Tensor, Tensor | None]:
        """`encode`, and float32 [1, projection] of the first page as one vector, if the model makes one."""
        pages = [self._encoded(page, skip) for page in self.pages(prompt, kind)]
        return torch.cat([words for words, _ in pages], 1), pages[0][1]

    def _page(self, ids: list[int], groups: list[tuple[int, int, float]], dropped: int) -> Tokens:
        ids = [*ids, self._eos]
        return Tokens(ids + [self._pad] * (self.length - len(ids)), groups, dropped)

    def _encoded(self, tokens: Tokens, skip: int) -> tuple[Tensor, Tensor | None]:
        ids = torch.tensor([tokens.ids] * (1 + len(tokens.groups)))
        if not tokens.groups:
            return self._run(ids, None, skip)
        seen = torch.ones_like(ids)
        for row, (first, last, _) in enumerate(tokens.groups, 1):
            ids[row, first:last] = self._blank
            seen[row, first:last] = 0
        words, pooled = self._run(ids, seen, skip)
        weights = sent(torch.tensor([w - 1.0 for *_, w in tokens.groups]), words.device)
        return weighted(words, weights), None if pooled is None else weighted(pooled, weights)

    @property
    def _blank(self) -> int:
        """What stands where a group is left out. What is pooled is found by the first end of a text: no end, then."""
        return 0 if self._projects and self._pad == self._eos else self._pad

    @property
    def _projects(self) -> bool:
        return hasattr(self.model, "text_projection")

    def _run(self, ids: Tensor, mask: Tensor | None, skip: int) -> tuple[Tensor, Tensor | None]:
        mask = None if mask is None else sent(mask, self._device)
        layer = min(-skip, self._layer or -1)
        early = self._layer is not None or layer < -1
        more: dict[str, bool] = {"output_hidden_states": True} if early else {}
        output = self.model(input_ids=sent(ids, self._device), attention_mask=mask, **more)
        words = output.hidden_states[layer] if early else output.last_hidden_state
        if early and self._layer is None:
            words = getattr(self.model, "text_model", self.model).final_layer_norm(words)
        return words.float(), output.text_embeds.float() if self._projects else None

    def _words(self, text: str) -> list[int]:
        if not text:
            return []
        return self._tokenizer(text, add_special_tokens=False, truncation=False, verbose=False)[
            "input_ids"
        ]


def weighted(rows: Tensor, weights: Tensor) -> Tensor:
    """rows [1 + groups, ...]: all the words, then without each group. weights: of each group, less one."""
    full = rows[:1]
    return full + ((full - rows[1:]) * weights.view(-1, *[1] * (rows.ndim - 1))).sum(
        0, keepdim=True
    )
