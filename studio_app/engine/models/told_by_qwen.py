"""A transformer that is told its words by a Qwen3: what those of all families have in common."""

from __future__ import annotations

from dataclasses import dataclass

from studio_app.engine.diffusion.levels import Spacing
from studio_app.engine.models.transformer_model import TransformerModel
from studio_app.engine.words.conditioning import Conditioning
from studio_app.engine.words.qwen import QwenEncoder


@dataclass
class ToldByQwen(TransformerModel):
    """text: which of the Qwen3's layers tell the words, and how they are asked, is the family's."""

    text: QwenEncoder

    def spacing_of(self, sampler: str, n: int) -> Spacing:
        """Evenly down to a whole step before the picture, whatever the folder's scheduler would do by itself."""
        return "even"

    def encode_prompt(self, prompt: str, kind: str | None) -> Conditioning:
        """Its words alone: float [1, L, D], as long as the text encoder makes them."""
        words = self.text.encode(prompt)
        return {"words": words.to(self.device.place, self.device.dtype)}

    def unread(self, prompt: str, kind: str | None) -> int:
        return self.text.tokens(prompt).dropped
