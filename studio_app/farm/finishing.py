"""From what was painted to files: the picture with its recipe, its maps and steps, and the export into a project."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from threading import Lock

from studio_app.core.errors import StudioError
from studio_app.core.files import write_bytes_atomic
from studio_app.document.png import png_bytes
from studio_app.document.recipes import recipe_texts
from studio_app.export.ledger import sha256
from studio_app.export.making import Shot, make_asset, origin_of
from studio_app.export.mattes import check_matte, cut_out
from studio_app.export.origin import Licence, Origin, licence_for
from studio_app.export.plan import Plan, make_plan
from studio_app.export.provenance.signing import signed_asset
from studio_app.export.questions import Answers
from studio_app.export.textures import texture_set
from studio_app.export.transaction import carry_out
from studio_app.farm.orders import Order, real
from studio_app.farm.painting import Made

Claim = Callable[[list[str]], None]
"""Told of the files that are about to be written; raises StudioError where one is another order's."""

_TURN = Lock()
"""A project is written to by one order after another."""


def pictures_of(order: Order, made: Made) -> dict[Path, bytes]:
    """The files of an order that lie outside a game project. StudioError where nothing can be cut out."""
    files = {order.step_file(name): data for name, data in made.steps.items()}
    if order.output is None:
        return files
    request, pixels = order.request, made.rgb
    if order.maps is not None:
        assert made.maps is not None  # its task said that they are a must
        named = texture_set(made.maps, order.output.stem, request.kind, request.tile)
        files |= {order.maps / name: data for name, data in named.items()}
    if order.alpha:
        assert made.maps is not None
        pixels = cut_out(pixels, made.maps.alpha).rgba()
        check_matte(pixels[..., 3])
    texts = recipe_texts(
        request, alpha=order.alpha, maps=order.maps is not None, people=order.people
    )
    files[order.output] = png_bytes(pixels, texts)
    return files


def finish(order: Order, made: Made, claim: Claim = lambda places: None) -> dict[Path, str]:
    """Writes all that is made of an order; sha256 by file, of what has to be there from now on: the pictures, not what
    an engine may change beside them. The first is the one to show.

    StudioError where nothing could be made of it, a licence asks, or the disk refuses; each file is then the old one,
    or the new one.
    """
    files = pictures_of(order, made)
    written: dict[Path, str] = {}
    if order.output is not None:
        written[order.output] = ""
    for path, data in files.items():
        write_bytes_atomic(path, data, flush_name=False)  # the log does, for many at once
        written[path] = sha256(data)
    if order.export is not None:
        written |= _exported(order, made, claim)
    return written


def _exported(order: Order, made: Made, claim: Claim) -> dict[Path, str]:
    export = order.export
    assert export is not None
    name = "" if order.output is None else order.output.stem
    origin = Origin(order.request, _licence(order.request.model), people=order.people)
    shots = [Shot(made.rgb, origin, made.maps, name)]
    asset = make_asset(export.settings, shots, export.project.target.wants)
    origin = origin_of(export.settings, shots)
    if export.signer is not None:
        asset = signed_asset(asset, origin, export.signer)
    with _TURN:
        plan = make_plan(asset, export.project, export.settings.place(), origin)
        files = [change for change in plan.changes if change.group == "files"]
        claim([real(plan.project.root / change.path) for change in files])
        carry_out(plan, _answers(plan, export.answer))
    return {plan.project.root / change.path: sha256(change.data) for change in files}


def _answers(plan: Plan, given: str | None) -> Answers:
    """Nobody is asked in the middle of a batch: who gave no answer is told how."""
    if given is None and plan.questions:
        asked = plan.questions[0]
        choices = " or ".join(choice.id for choice in asked.choices)
        raise StudioError(asked.title, asked.text, f'Add "answer" to its export: {choices}.')
    return {} if given is None else {question.key: given for question in plan.questions}


@lru_cache(maxsize=64)
def _licence(model: str) -> Licence:
    return licence_for(model)
