"""What an export does in the threads that wait for disks: opening a project, making an asset and its plan, writing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.maps import Maps
from studio_app.core.reading import expanded, is_dir
from studio_app.document.document import Document
from studio_app.document.pictures import open_picture
from studio_app.document.results import Picture, premultiplied, thumbnail
from studio_app.export.ledger import read_ledger
from studio_app.export.making import Shot, make_asset, needs_maps, origin_of
from studio_app.export.naming import stem_of
from studio_app.export.origin import Origin, joints_of, licence_for
from studio_app.export.pieces import Asset, Cell, Wants
from studio_app.export.plan import ExportCancelled, Plan, Progress, make_plan
from studio_app.export.projects import as_it_is, open_project
from studio_app.export.provenance.signing import read_signer, signed_asset
from studio_app.export.questions import Answers
from studio_app.export.settings import (
    ExportSettings,
    Remembered,
    SheetSource,
    read_remembered,
    records_beside,
    write_last,
)
from studio_app.export.targets.registry import PLAIN
from studio_app.export.targets.target import Project, Target
from studio_app.export.transaction import Done, carry_out, recover

Pixels = NDArray[np.uint8]
Cut = Pixels | StudioError
"""uint8 [H, W, 4], straight alpha; or why nothing could be cut out."""

LOOK = 512
"""Pixels of a side that a made picture is looked at with at most; a larger one is averaged down."""
LOOK_OF_SHEET = 2048
"""And a sheet, whose cells are looked at one by one."""
_SHOWN = ("png", "webp", "jpeg")
_ELSEWHERE = {"name": "", "folder": None, "template": "", "collision": "replace", "sidecars": True}
"""What says where an asset goes, and nothing of what it is."""


class Turn:
    """A job's own sign that nobody wants it any more; read in another thread."""

    def __init__(self) -> None:
        self.over = False

    def is_over(self) -> bool:
        return self.over


@dataclass(frozen=True, eq=False)
class Take:
    """A picture as it is exported. name: of its frame in a sheet; row: of its animation. document: the drawing that it
    was made from, where that is as it was and is asked once more.
    """

    picture: Picture
    name: str = ""
    row: str = ""
    document: Document | None = None

    def shot(self, maps: Maps | None = None) -> Shot:
        """Without the licence of its model, which lies in a file."""
        picture = self.picture
        pixels = np.ascontiguousarray(picture.pixels[..., 2::-1])
        return Shot(pixels, self.origin, maps, self.name, self.row, self.document)

    @property
    def origin(self) -> Origin:
        picture = self.picture
        return Origin(picture.request, people=joints_of(picture.people), shows=picture.shows)

    @property
    def words(self) -> str:
        """What it is called by itself: a step on the way is another thing than what it came to."""
        shows = self.picture.shows
        return _words(self.picture.request.prompt, *((shows.step, shows.latent) if shows else ()))


@dataclass(frozen=True, eq=False)
class Wanted:
    """What somebody wants to export, and where to, as far as that is known. takes: one but for a sheet. planned:
    whether it is to go into the project, and is not only of its custom. signer: the paths of a certificate and of its
    key, for settings that ask for a signature.
    """

    settings: ExportSettings
    takes: tuple[Take, ...]
    project: Project | None = None
    planned: bool = True
    signer: tuple[str, str] | None = None

    def needs_maps(self, take: Take) -> bool:
        pixels = take.picture.pixels[..., :3]
        return needs_maps(self.settings, Shot(pixels, take.origin, name=take.name, row=take.row))

    @property
    def target(self) -> Target:
        return self.project.target if self.project is not None else PLAIN

    @property
    def wants(self) -> Wants:
        """The target's."""
        return self.target.wants

    @property
    def name(self) -> str:
        """Of the asset."""
        return self.settings.name or self.takes[0].words or "picture"

    def key(self, maps: Mapping[str, Maps]) -> tuple[object, ...]:
        """Equal where the asset is the same, wherever it goes. maps: by the id of a picture."""
        takes = tuple(
            (take.picture.id, take.name, take.row, take.document, id(maps.get(take.picture.id)))
            for take in self.takes
        )
        return self.made_of, takes, self.target.id

    @property
    def made_of(self) -> ExportSettings:
        """The settings without what says where it goes. The name of a sheet is in those of its frames."""
        own = {"name": self.settings.name} if self.settings.kind == "sheet" else {}
        others = {"source": SheetSource(), "sign": False}
        return self.settings.model_copy(update=_ELSEWHERE | own | others)


@dataclass(frozen=True)
class Opened:
    """A project, what it remembers, and the words of its last export ("" for none).

    recovered: whether an export that was cut off was undone.
    """

    project: Project
    remembered: Remembered
    words: str
    recovered: bool


@dataclass(frozen=True, eq=False)
class Made:
    """An asset. pixels: its picture as one looks at it, small, uint8 [H, W, 4] BGRA as a Frame's. size: its own width
    and height. covered: of a sprite or sheet the shares of its pixels that are empty and that are an edge. signed: with
    which certificate and key the asset is; plain: what it was before.
    """

    asset: Asset = field(repr=False)
    pixels: Pixels = field(repr=False)
    size: tuple[int, int]
    covered: tuple[float, float] | None = None
    signed: tuple[str, str] | None = None
    plain: Asset | None = field(default=None, repr=False)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Where pictures lie in it, each with its pivot: a sheet's, or the one of a sprite; else none."""
        asset = self.asset
        if asset.kind != "sprite":
            return asset.cells
        return (Cell(asset.name, 0, 0, *self.size, asset.pivot, asset.source),)


@dataclass(frozen=True, eq=False)
class Looked:
    """What comes of looking at an export: as far as it got, and what stood in the way. records: what is written of
    the export itself, as paths inside the project.
    """

    key: tuple[object, ...]
    made: Made | None = None
    plan: Plan | None = None
    records: tuple[str, ...] = ()
    error: StudioError | None = None


@dataclass(frozen=True)
class Written:
    """unremembered: why the choice could not be kept, though everything is written."""

    done: Done
    unremembered: StudioError | None = None


def opened(path: Path) -> Opened:
    """The project that a path lies in, tidied up after an export that was cut off. StudioError."""
    if not is_dir(path):
        raise StudioError("There is no such folder", str(path), "Choose that of a game project.")
    project = open_project(path)
    recovered = recover(project.root)
    words = ""
    for entry in read_ledger(project.root).entries:
        request: object = entry.fields.get("request")
        if isinstance(request, Mapping):
            words = _words_in(cast("Mapping[str, object]", request))
    return Opened(project, read_remembered(project.root), words, recovered)


def _words_in(request: Mapping[str, object]) -> str:
    """`Take.words` of a ledger's entry."""
    prompt, shows = str(request.get("prompt", "")), request.get("shows")
    if not isinstance(shows, Mapping):
        return prompt
    known = cast("Mapping[str, object]", shows)
    return _words(prompt, known.get("step"), known.get("latent"))


def _words(prompt: str, step: object = 0, latent: object = "") -> str:
    if not step:
        return prompt
    return f"{prompt or 'picture'} step {step}" + (" noisy" if latent == "x_t" else "")


def name_for(words: str, project: Project | None) -> str:
    """The name that an asset gets by itself, in the project's custom."""
    return stem_of(words, (project.target if project is not None else PLAIN).style)


def looked(
    wanted: Wanted,
    maps: Mapping[str, Maps],
    cuts: Mapping[str, Cut],
    known: Looked | None,
    cancelled: Callable[[], bool],
) -> Looked | None:
    """The asset and, where there is a project, the plan. maps, cuts: by the id of a picture, as far as there are any.
    known: an earlier look, whose asset may do.

    None once `cancelled` says so.
    """
    key, settings, project = wanted.key(maps), wanted.settings, wanted.project
    made: Made | None = None
    if cancelled():
        return None
    try:
        shots = _shots(wanted.takes, maps, cuts)
        if known is not None and known.key == key and known.made is not None:
            made = known.made
        else:
            made = _made(wanted, shots)
        origin = origin_of(settings, shots)
        made = _signed(made, origin, wanted)
        if project is None or not wanted.planned:
            return Looked(key, made)
        project = as_it_is(project)
        asset = replace(made.asset, name=wanted.name)
        plan = make_plan(asset, project, settings.place(), origin, cancelled=cancelled)
    except ExportCancelled:
        return None
    except StudioError as error:
        return Looked(key, made, error=error)
    records = () if plan.nothing_new else records_beside(project.root)
    return Looked(key, made, plan, records)


def _shots(takes: Sequence[Take], maps: Mapping[str, Maps], cuts: Mapping[str, Cut]) -> list[Shot]:
    models = {take.picture.request.model for take in takes}
    licences = {model: licence_for(model) for model in models}
    shots: list[Shot] = []
    for number, take in enumerate(takes, start=1):
        picture = take.picture
        origin = replace(take.origin, licence=licences[picture.request.model])
        cut = cuts.get(picture.id)
        if isinstance(cut, StudioError):
            raise StudioError(f"Picture {number}: {cut.title}", cut.detail, cut.hint)
        if cut is not None:
            shots.append(Shot(cut, origin, name=take.name, row=take.row))
        else:
            shots.append(replace(take.shot(maps.get(picture.id)), origin=origin))
    return shots


def written(
    plan: Plan,
    settings: ExportSettings,
    answers: Answers,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> Written | None:
    """The plan carried out, and the choice kept for the next time. None where it was cancelled. StudioError."""
    as_it_is(plan.project)
    try:
        done = carry_out(plan, answers, progress=progress, cancelled=cancelled)
    except ExportCancelled:
        return None
    try:
        write_last(plan.project.root, settings)
    except StudioError as error:
        return Written(done, error)
    return Written(done)


def _made(wanted: Wanted, shots: Sequence[Shot]) -> Made:
    settings, wants = wanted.made_of, wanted.wants
    asset = make_asset(settings, shots, wants)
    seen = asset
    if settings.format not in _SHOWN and settings.kind != "control":
        seen = make_asset(settings.model_copy(update={"format": "png", "bits": 8}), shots, wants)
    side = LOOK_OF_SHEET if settings.kind == "sheet" else LOOK
    pictures = [piece for piece in seen.pieces if piece.extension in (".png", ".webp", ".jpg")]
    picture = open_picture(pictures[0].data, "the picture", (side, side))
    pixels = picture.rgba()
    covered = None
    if settings.kind in ("sprite", "sheet"):
        alpha = pixels[..., 3]
        covered = float((alpha == 0).mean()), float(((alpha > 0) & (alpha < 255)).mean())
    return Made(asset, thumbnail(premultiplied(pixels), side), picture.size, covered)


def _signed(made: Made, origin: Origin, wanted: Wanted) -> Made:
    """Signed as it is wanted, and not anew where it is already: each signature has a time of its own."""
    signer = wanted.signer if wanted.settings.sign else None
    plain = made.plain or made.asset
    if not wanted.settings.sign:
        return replace(made, asset=plain, signed=None)
    if signer is None or not all(signer):
        raise StudioError(
            "It can't be signed yet",
            "there is no certificate, or not its key",
            "Choose both under Signature.",
        )
    if made.signed == signer:
        return made
    certificate, key = map(expanded, signer)
    asset = signed_asset(plain, origin, read_signer(certificate, key))
    return replace(made, asset=asset, signed=signer, plain=plain)
