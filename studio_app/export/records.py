"""What the ledger says of one export, and recipes that were taken out of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from studio_app import __version__
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.export.ledger import HOME, canonical, sha256
from studio_app.export.origin import Origin, drawn, model_name
from studio_app.export.pieces import Asset, Piece
from studio_app.export.provenance.containers import look
from studio_app.export.provenance.taken import taken_from
from studio_app.export.targets.target import Placed, Project, Sidecar


def entry_fields(
    asset: Asset,
    project: Project,
    placed: Sequence[Placed],
    sidecars: Sequence[Sidecar],
    origin: Origin,
    version: int,
) -> dict[str, Any]:
    """Everything but when, and what was answered."""
    entry: dict[str, Any] = {
        "program": f"Underpaint {__version__}",
        "asset": {"name": asset.name, "kind": asset.kind, "version": version},
        "target": project.target.id,
        "files": [_file(item) for item in placed],
        "sidecars": [
            {"path": side.path.as_posix(), "sha256": sha256(side.data)}
            for side in sidecars
            if side.rule == "ours"
        ],
        "source_type": origin.source_type,
        "painted": round(float(origin.painted), 4),
    }
    request = origin.request
    if request is not None:
        entry |= {"model": _model(origin), "request": _request(request, origin)}
        if origin.more:
            entry["more"] = [
                {
                    "digest": other.digest,
                    "model": model_name(other),
                    "prompt": other.prompt,
                    "seed": other.seed,
                }
                for other in origin.more
            ]
        kept = kept_recipes(origin, [item.piece for item in placed])
        entry["recipes"] = [path.as_posix() for path, _ in kept] or "in the picture"
    elif origin.tool:
        entry["tool"] = origin.tool
    return entry


def _model(origin: Origin) -> dict[str, Any]:
    return {
        "name": origin.model,
        "licence": origin.licence.name,
        "commercial": origin.licence.commercial,
        **({"digest": origin.model_digest} if origin.model_digest else {}),
    }


def _request(request: GenerationRequest, origin: Origin) -> dict[str, Any]:
    return {
        "digest": request.digest,
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "seed": request.seed,
        "steps": request.steps,
        "sampler": request.sampler,
        "guidance_scale": request.guidance_scale,
        "size": [request.width, request.height],
        "kind": request.kind,
        "loras": [list(pair) for pair in request.loras],
        **({"clip_skip": request.clip_skip} if request.clip_skip > 1 else {}),
        "init": request.init is not None,
        "controls": drawn(request),
        **({"shows": asdict(origin.shows)} if origin.shows is not None else {}),
    }


def _file(placed: Placed) -> dict[str, str]:
    piece = placed.piece
    entry = {"path": placed.path.as_posix(), "role": piece.role, "sha256": sha256(piece.data)}
    return entry | ({"unsigned": piece.unsigned} if piece.unsigned else {})


def kept_recipes(origin: Origin, pieces: Sequence[Piece]) -> list[tuple[PurePosixPath, bytes]]:
    """The recipes that no picture of the asset has in it: (path inside the project, bytes)."""
    asked = [request for request in (origin.request, *origin.more) if request is not None]
    held = {digest for piece in pieces for digest in _recipe_in(piece)}
    missing = {request.digest: request for request in asked if request.digest not in held}
    return [recipe_file(request) for request in missing.values()]


def _recipe_in(piece: Piece) -> list[str]:
    if piece.role not in ("colour", "layers"):
        return []
    try:
        taken = taken_from(look(piece.data, "the picture"), "the picture")
    except StudioError:
        return []
    return [taken.request.digest] if taken.tool == "Underpaint" else []


def recipe_file(request: GenerationRequest) -> tuple[PurePosixPath, bytes]:
    """Where a project keeps a recipe that its picture does not, and its bytes."""
    path = PurePosixPath(HOME) / "recipes" / f"{request.digest[:32]}.json"
    return path, (canonical(request.to_dict()) + "\n").encode()
