"""From pictures and settings to an asset: the one way that the window and the command line both go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.document.document import Document, people_drawn
from studio_app.export.control_maps import control_asset
from studio_app.export.layered import (
    LayeredFormat,
    document_layers,
    layered_asset,
    picture_layers,
    request_layers,
)
from studio_app.export.mattes import check_matte, cut_out
from studio_app.export.naming import check_frame_names, stem_of
from studio_app.export.origin import Origin, joints_of
from studio_app.export.palettes import read_palette
from studio_app.export.pictures import Encoding, picture_asset
from studio_app.export.pieces import TEXTS, Asset, AssetKind, Role, Text, Wants
from studio_app.export.pixel_art import PixelArt, pixelated, with_palette
from studio_app.export.provenance.marks import mark_of, metadata_of
from studio_app.export.seamless import made_seamless
from studio_app.export.seams import seams_of
from studio_app.export.settings import ExportSettings
from studio_app.export.sheets import Frame, SheetOptions, sheet_asset
from studio_app.export.sprites import SpriteOptions, finished, sprite_asset, sprite_of
from studio_app.export.surfaces import surface_of_scenes
from studio_app.export.textures import enlarged, surface_of, texture_asset
from studio_app.export.upscale import upscaled

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture to export. pixels: uint8 [H, W, 3], or [H, W, 4] of what is cut out already (straight alpha).

    maps: what the model knows of it, None where nobody asked. name: of its frame in a sheet; row: of its animation.
    document: the drawing it was made from, where that is open; else the recipe tells, which has no paint of its own.
    """

    pixels: Pixels = field(repr=False)
    origin: Origin = field(default_factory=Origin)
    maps: Maps | None = field(default=None, repr=False)
    name: str = ""
    row: str = ""
    document: Document | None = field(default=None, repr=False)

    @property
    def is_cut(self) -> bool:
        return self.pixels.shape[2] == 4


def needs_maps(settings: ExportSettings, shot: Shot) -> bool:
    """Whether the asset would be worse, or impossible, without the model's maps of this picture."""
    if shot.origin.is_noisy:
        return False
    if settings.kind == "texture":
        return True
    if settings.kind == "sprite":
        return settings.lit or not shot.is_cut
    return settings.kind == "sheet" and not shot.is_cut


def check_count(settings: ExportSettings, count: int) -> None:
    """StudioError where that is no number of pictures for this kind of asset."""
    if not count:
        raise StudioError("There is nothing to export", "", "Choose a picture.")
    if settings.kind != "sheet" and count > 1:
        raise StudioError(
            f"A {settings.kind} is one picture",
            f"{count} were given",
            "Export a sheet, or one after another.",
        )


def make_asset(settings: ExportSettings, shots: Sequence[Shot], wants: Wants) -> Asset:
    """The asset of `settings`. wants: the target's. More than one shot makes a sheet only.

    StudioError where the pictures are none for it: nothing to cut out, no maps, no drawing.
    """
    check_count(settings, len(shots))
    if settings.kind in _CUT and any(shot.origin.is_noisy for shot in shots):
        raise StudioError(
            "x_t is noise and picture in one",
            "nothing can be cut out of it, and it has no maps",
            "Look at x0, or export it as a picture.",
        )
    shot = shots[0]
    request = shot.origin.request
    name = settings.name or shot.name or (request.prompt if request is not None else "picture")
    if settings.format == "psd" or settings.format == "ora":
        return _layered(settings, shot, name, settings.format)
    bits = settings.bits if settings.format == "png" else 8
    how = Encoding(settings.format, bits, settings.quality, settings.lossless)
    said = metadata_of(shot.origin, how.extension, stripped=settings.stripped)
    tiles = request.tile if request is not None else (False, False)
    match settings.kind:
        case "picture":
            method = "nearest" if settings.grid else "lanczos"
            return picture_asset(
                name, shot.pixels, how, said, scale=settings.scale, method=method, tiles=tiles
            )
        case "sprite":
            options = _sprite_options(settings)
            normal = shot.maps.normal if shot.maps is not None and settings.lit else None
            if shot.is_cut:
                check_matte(shot.pixels[..., 3])
                sprite = finished(shot.pixels, options, normal)
            else:
                alpha = None if shot.maps is None else shot.maps.alpha
                sprite = sprite_of(shot.pixels, alpha, options, normal)
            return sprite_asset(name, sprite, options, how, said, normal_y=wants.normal_y)
        case "sheet":
            return _sheet(settings, shots, wants, name, how)
        case "texture":
            return _texture(settings, shot, wants, name, how)
        case "control":
            if request is None:
                raise StudioError("The picture has no recipe", "so nothing is known of its drawing")
            document = shot.document
            people = shot.origin.people if document is None else joints_of(people_drawn(document))
            surface = None if document is None else surface_of_scenes(document)
            return control_asset(name, request, people, surface, mark_of(_BY_HAND))


_BY_HAND = Origin(painted=1.0)
_CUT: tuple[AssetKind, ...] = ("sprite", "sheet", "texture")
"""Kinds that say what in a picture is what."""
_FREEDOM = {False: 0, None: 1, True: 2}


def origin_of(settings: ExportSettings, shots: Sequence[Shot]) -> Origin:
    """Of an asset that is made of all of them. Drawings are a hand's, whatever was made of them."""
    if settings.kind == "control":
        return _BY_HAND
    origins = [shot.origin for shot in shots]
    # Of several models it is first of all the one's that allows least.
    first = min(origins, key=lambda origin: _FREEDOM[origin.licence.commercial])
    rest = [origin for origin in origins if origin is not first]
    return replace(
        first,
        painted=float(np.mean([origin.painted for origin in origins])),
        more=tuple(origin.request for origin in rest if origin.request is not None),
        others=tuple(dict.fromkeys(model for origin in rest for model in origin.models)),
    )


def painted_share(shown: Pixels, made: Pixels) -> float:
    """The share of a picture's pixels that are not as the model made them, 0..1; 1 where it has another size."""
    if shown.shape[:2] != made.shape[:2]:
        return 1.0
    return float((shown[..., :3] != made[..., :3]).any(axis=2).mean())


def _layered(settings: ExportSettings, shot: Shot, name: str, format: LayeredFormat) -> Asset:
    """What was drawn, hidden, over the picture; over that, where the model has maps, the thing cut out."""
    if settings.kind != "picture":
        raise StudioError(
            f"A {settings.kind} is no layered file",
            f"{format} holds a picture and its drawing",
            "Choose PNG, or export a picture.",
        )
    request = shot.origin.request
    cut = None
    if shot.maps is not None and not shot.is_cut and request and request.kind == "isolated":
        cut = upscaled(cut_out(shot.pixels, shot.maps.alpha).rgba(), settings.scale)
    picture = upscaled(shot.pixels, settings.scale)
    if shot.document is not None:
        layers = document_layers(shot.document, picture, cut)
    elif request is None:
        layers = picture_layers(picture)
    else:
        layers = request_layers(request, picture, cut)
    said = metadata_of(shot.origin, f".{format}", stripped=settings.stripped)
    return layered_asset(name, layers, (picture.shape[1], picture.shape[0]), format, said)


def _texture(settings: ExportSettings, shot: Shot, wants: Wants, name: str, how: Encoding) -> Asset:
    request = shot.origin.request
    if shot.maps is None or request is None:
        raise StudioError(
            "There are no maps of this picture",
            "a texture set is made of them",
            "Choose a model that has maps.",
        )
    said = metadata_of(shot.origin, how.extension, stripped=settings.stripped)
    maps, tiles, seams = shot.maps, request.tile, (seams_of(shot.maps.albedo),)
    if settings.seamless and not all(tiles):
        joined = made_seamless(maps, tiles)
        maps, tiles, seams = joined.maps, (True, True), (joined.before, joined.after)
    surface = surface_of(maps, request.kind, tiles)
    roles: tuple[Role, ...] = settings.maps or wants.texture
    asset = texture_asset(
        name,
        enlarged(surface, settings.scale, tiles),
        roles,
        tiles=tiles,
        normal_y=wants.normal_y,
        deep=wants.deep,
        how=how,
        metadata=said,
        texts=texts_of(settings, wants),
    )
    return replace(asset, seams=seams)


def _sheet(
    settings: ExportSettings, shots: Sequence[Shot], wants: Wants, name: str, how: Encoding
) -> Asset:
    cuts: list[Pixels] = []
    for number, shot in enumerate(shots):
        pixels = shot.pixels
        try:
            if not shot.is_cut:
                pixels = cut_out(pixels, None if shot.maps is None else shot.maps.alpha).rgba()
            check_matte(pixels[..., 3])
        except StudioError as error:
            which = f"{shot.name or f'picture {number + 1}'}: {error.title}"
            raise StudioError(which, error.detail, error.hint) from error
        cuts.append(pixels)
    names = frame_names(settings, shots, name)
    art = with_palette(cuts, _art(settings)) if settings.grid else None
    frames: list[Frame] = []
    for number, (shot, pixels) in enumerate(zip(shots, cuts, strict=True)):
        if art is not None:
            pixels = pixelated(pixels, art)
        pixels = upscaled(pixels, settings.scale, "nearest" if settings.grid else "lanczos")
        row = shot.row or settings.animation
        frames.append(Frame(names[number], pixels.astype(np.uint8), row, 1000 / settings.fps))
    options = SheetOptions(
        trim=settings.trim,
        uniform=settings.uniform,
        columns=settings.columns,
        padding=settings.padding,
        power_of_two=settings.power_of_two,
        pivot=settings.pivot,
        pixel_art=settings.grid > 0,
        loop=settings.loop,
        pixels_per_unit=settings.pixels_per_unit,
    )
    said = metadata_of(origin_of(settings, shots), how.extension, stripped=settings.stripped)
    return sheet_asset(name, frames, options, how, said, texts=texts_of(settings, wants))


def texts_of(settings: ExportSettings, wants: Wants) -> tuple[Text, ...]:
    """What is written beside it: what was chosen; the target's own where nothing was, or only for other kinds."""
    usual: tuple[Text, ...] = wants.texts.get(settings.kind, ())
    chosen = settings.texts
    if chosen is None:
        return usual
    own: tuple[Text, ...] = tuple(text for text in chosen if text in TEXTS.get(settings.kind, ()))
    return own if own or not chosen else usual


def frame_names(settings: ExportSettings, shots: Sequence[Shot], name: str) -> list[str]:
    """What the frames of a sheet are called. StudioError for a template that is none."""
    template = check_frame_names(settings.frame_names or "{row}_{number}")
    counted: Counter[str] = Counter()
    out: list[str] = []
    for shot in shots:
        row, request = shot.row or settings.animation, shot.origin.request
        if shot.name and not settings.frame_names:
            out.append(shot.name)
        else:
            said = {
                "name": stem_of(name),
                "row": row or stem_of(name),
                "number": counted[row],
                "seed": 0 if request is None else request.seed,
            }
            out.append(template.format(**said))
        counted[row] += 1
    return out


def _sprite_options(settings: ExportSettings) -> SpriteOptions:
    return SpriteOptions(
        trim=settings.trim,
        padding=settings.padding,
        power_of_two=settings.power_of_two,
        pivot=settings.pivot,
        scale=settings.scale,
        pixel_art=_art(settings) if settings.grid else None,
        pixels_per_unit=settings.pixels_per_unit,
    )


def _art(settings: ExportSettings) -> PixelArt:
    more: dict[str, Any] = (
        {"palette": read_palette(Path(settings.palette))} if settings.palette else {}
    )
    return PixelArt(settings.grid, settings.colours, **more)
