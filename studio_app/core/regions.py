"""Regions: words that are heard in a part of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import digest, pack, unpack
from studio_app.core.checking import checked_picture, known_fields, required, unpickled, wrong
from studio_app.core.controls import MAX_ARRAY
from studio_app.core.errors import StudioError
from studio_app.core.text import is_whole

MAX_REGIONS = 8
MAX_WORDS = 1000
"""Characters."""


@dataclass(frozen=True, eq=False)
class Region:
    """prompt: what is there. mask: uint8 [H, W] of the picture's size, 255 where that is meant, 0 where it is not."""

    prompt: str
    mask: NDArray[np.uint8]

    def __post_init__(self) -> None:
        prompt: Any = self.prompt
        if not isinstance(prompt, str) or not is_whole(prompt) or len(prompt) > MAX_WORDS:
            raise wrong("words of a region", prompt, f"text of at most {MAX_WORDS} characters")
        if not prompt.strip():
            raise StudioError("A region has no words", "", "Say what is there")
        mask = checked_picture(self.mask, "mask of a region", 2)
        if mask.dtype != np.uint8:
            raise wrong("mask of a region", mask.dtype, "uint8")
        object.__setattr__(self, "mask", mask)

    @cached_property
    def digest(self) -> str:
        return digest(self.prompt, self.mask)

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Region) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __setstate__(self, state: dict[str, Any]) -> None:
        unpickled(self, state)

    def to_dict(self) -> dict[str, Any]:
        return {"prompt": self.prompt, "mask": pack(self.mask)}

    @classmethod
    def from_dict(cls, value: Any) -> Region:
        given = known_fields(cls, value, "region")
        given["mask"] = unpack(given.get("mask"), "mask of a region", MAX_ARRAY)
        return cls(**required(given, "region", "prompt"))
