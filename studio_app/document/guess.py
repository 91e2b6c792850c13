"""What kind of picture a prompt asks for, as long as the artist has not said it: a guess from its words."""

from __future__ import annotations

import re
from dataclasses import replace

from studio_app.core.errors import StudioError
from studio_app.core.lexicon import Lexicon, load_lexicon, owns, words_of
from studio_app.core.request import PictureKind
from studio_app.document.settings import Settings

_TEXTURE = re.compile(r"\b(?:textures?|seamless(?:ly)?|tileable|tiling|patterns?)\b")
_ISOLATED = re.compile(
    r"\b(?:icons?|sprites?|isolated|inventory|stickers?|cut[ -]?outs?|single object|(?:game|rpg) (?:asset|item)s?"
    r"|(?:no|plain|transparent|gr[ae]y|white|empty) background)\b"
)


def guessed_kind(prompt: str, lexicon: Lexicon | None = None) -> PictureKind | None:
    """By what it says of itself ("icon", "seamless"), else by the first thing or person that it names; a texture
    only where it names neither. None where no word tells."""
    if lexicon is None:
        try:
            lexicon = load_lexicon()
        except StudioError:
            return None  # whoever looks a word up says so
    text = prompt.lower()
    if _TEXTURE.search(text):
        return "texture"
    if _ISOLATED.search(text):
        return "isolated"
    textures = False
    for word in words_of(text):
        slot = None if owns(word) else lexicon.subject(word)
        if slot in ("thing", "character"):
            return "character" if slot == "character" else "scene"
        textures = textures or slot == "texture"
    return "texture" if textures else None


def with_guess(settings: Settings, kinds: tuple[str, ...] = ()) -> Settings:
    """`settings` with kind and seamless edges as the prompt's words say, where the artist has chosen neither.

    kinds: what the model can draw, () for all.
    """
    kind = None if settings.kind_chosen else guessed_kind(settings.prompt)
    if kind is not None and (not kinds or kind in kinds):
        settings = replace(settings, kind=kind)
    if not settings.tile_chosen:
        seamless = settings.kind == "texture"
        settings = replace(settings, tile=(seamless, seamless))
    return settings


def as_chosen(settings: Settings) -> Settings:
    """`settings` from elsewhere, with what the words would not have said taken for chosen."""
    seamless = settings.kind == "texture"
    return replace(
        settings,
        kind_chosen=guessed_kind(settings.prompt) != settings.kind,
        tile_chosen=settings.tile != (seamless, seamless),
    )
