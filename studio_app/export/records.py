"""What the ledger says of one export, and recipes that were taken out of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from studio_app import __version__
from studio_app.core.request import GenerationRequest
from studio_app.export.ledger import HOME, canonical, sha256
from studio_app.export.origin import Origin, drawn
from studio_app.export.pieces import Asset
from studio_app.export.targets.target import Placed, Project, Sidecar


def entry_fields(
    asset: Asset,
    project: Project,
    placed: Sequence[Placed],
    sidecars: Sequence[Sidecar],
    origin: Origin,
    version: int,
    *,
    stripped: bool,
) -> dict[str, Any]:
    """Everything but when, and what was answered."""
    entry: dict[str, Any] = {
        "program": f"Underpaint {__version__}",
        "asset": {"name": asset.name, "kind": asset.kind, "version": version},
        "target": project.target.id,
        "files": [
            {
                "path": item.path.as_posix(),
                "role": item.piece.role,
                "sha256": sha256(item.piece.data),
            }
            for item in placed
        ],
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
        entry["model"] = {
            "name": origin.model,
            "licence": origin.licence.name,
            "commercial": origin.licence.commercial,
            **({"digest": origin.model_digest} if origin.model_digest else {}),
        }
        entry["request"] = {
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
            "init": request.init is not None,
            "controls": drawn(request),
        }
        entry["recipe"] = recipe_file(request)[0].as_posix() if stripped else "in the picture"
    return entry


def recipe_file(request: GenerationRequest) -> tuple[PurePosixPath, bytes]:
    """Where a project keeps a recipe that its picture does not, and its bytes."""
    path = PurePosixPath(HOME) / "recipes" / f"{request.digest[:32]}.json"
    return path, (canonical(request.to_dict()) + "\n").encode()
