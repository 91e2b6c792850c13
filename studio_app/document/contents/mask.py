"""Masks: what of the picture is painted anew, and what stays to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from studio_app.core.regions import MAX_WORDS, Region
from studio_app.core.request import GenerationRequest
from studio_app.core.text import clean_text
from studio_app.document.contents import sheets
from studio_app.document.contents.content import NOTHING, Content, Contribution, Pixels, Size, View
from studio_app.document.contents.cover import Cover, combined, cover_of
from studio_app.document.framings import Framing
from studio_app.document.greys import grey_of
from studio_app.document.people import Person
from studio_app.document.pictures import DecodedPicture, fit_pixels
from studio_app.document.planes import COVER, Plane
from studio_app.document.stack import Group, Item, Node, flat
from studio_app.document.tiles import sealed


@dataclass(frozen=True, eq=False)
class Mask(Cover):
    """pixels: 255 = paint anew, 0 = keep the colours bit-exact. All 0: no mask. words: what is there, in the place of
    that: a mask with words is a region, and protects nothing."""

    kind: ClassVar[str] = "mask"
    title: ClassVar[str] = "Mask"

    words: str = ""

    def kept_by(self, other: Content) -> Content:
        return replace(other, words=self.words) if isinstance(other, Mask) else other

    @property
    def said_words(self) -> str | None:
        return self.words

    def with_words(self, words: str) -> Content:
        return replace(self, words=clean_text(words)[:MAX_WORDS])

    @classmethod
    def flattened(cls, items: tuple[Item, ...], size: Size) -> Self:
        """Of regions, what any of them says."""
        said = dict.fromkeys(_words(node) for node, _, _ in flat(items))
        made = super().flattened(items, size)
        return replace(made, words=", ".join(words for words in said if words)[:MAX_WORDS])

    @classmethod
    def contribution(cls, items: tuple[Item, ...], view: View) -> Contribution:
        items = sheets.drawn(items)
        regions = tuple(
            Region(_words(node), sealed(fit_pixels(seen, *view.size)))
            for node, opacity, masks in flat(items)
            if _words(node).strip() and (seen := _seen(node, opacity, masks, view)).any()
        )
        plain = _plain(items)
        pixels = combined(plain, view.rect) if plain else None
        if pixels is None or not pixels.any():
            return Contribution(regions=regions) if regions else NOTHING
        return Contribution(mask=sealed(fit_pixels(pixels, *view.size)), regions=regions)

    @classmethod
    def restored(cls, request: GenerationRequest, people: tuple[Person, ...] | None) -> Self | None:
        if request.mask is None:
            return cls.blank(request.width, request.height)
        return cls(Plane.of(COVER, request.mask.copy()))

    @classmethod
    def more_restored(cls, request: GenerationRequest) -> tuple[Content, ...]:
        return tuple(cls(Plane.of(COVER, one.mask.copy()), one.prompt) for one in request.regions)

    def stored(self) -> dict[str, Any]:
        return {"words": self.words} if self.words else {}

    @classmethod
    def of_stored(cls, planes: Mapping[str, Plane], given: Mapping[str, Any]) -> Self:
        words = given.get("words", "")
        if not isinstance(words, str):
            raise TypeError("words of a mask are text")
        return cls(planes["pixels"], clean_text(words)[:MAX_WORDS])

    @classmethod
    def of_picture(cls, picture: DecodedPicture, frame: Framing, width: int, height: int) -> Self:
        _, _, w, h = frame.target
        mask = fit_pixels(frame.cut(picture.mask()), w, h)
        return cls(Plane.of(COVER, frame.put(mask, width, height)))

    @classmethod
    def of_rgba(cls, rgba: Pixels, width: int, height: int) -> Self:
        mask = np.rint(grey_of(rgba)).astype(np.uint8)
        return cls(Plane.of(COVER, fit_pixels(mask, width, height)))


def _words(node: Node) -> str:
    assert isinstance(node.content, Mask)
    return node.content.words


def _seen(node: Node, opacity: float, masks: tuple[Plane, ...], view: View) -> Pixels:
    """Of a region, in the view, uint8 [h, w]."""
    share = sheets.share_of(cover_of(node.content), view.rect) * np.float32(opacity)
    for mask in masks:
        share = share * sheets.share_of(mask, view.rect)
    return sheets.to_bytes(share[..., 0])


def _plain(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Without regions."""
    kept: list[Item] = []
    for item in items:
        if isinstance(item, Group):
            children = _plain(item.children)
            if children:
                kept.append(replace(item, children=children) if children != item.children else item)
        elif not _words(item).strip():
            kept.append(item)
    return tuple(kept)
