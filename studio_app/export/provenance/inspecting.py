"""Everything that is known of a picture: what it says of itself, and what the ledger of its project says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio_app.core.errors import StudioError
from studio_app.core.reading import read_bytes
from studio_app.export.ledger import Entry, read_ledger, sha256
from studio_app.export.projects import find_project
from studio_app.export.provenance.containers import Found, look
from studio_app.export.provenance.signing import Manifest, check
from studio_app.export.provenance.taken import Taken, taken_from

_MADE = {
    "trainedAlgorithmicMedia": "made by a model",
    "compositeWithTrainedAlgorithmicMedia": "made by a model and painted by hand, or mixed with another picture",
    "digitalCreation": "made by hand",
}


@dataclass(frozen=True)
class Known:
    """source_type: of XMP, or of the signature, or of the ledger; "" where nothing says. recipe: a tool's, which may
    be broken: then trouble says how. exact: whether the ledger's entry is of these very bytes; else the file was
    changed after it was exported. project: root of the game project whose ledger knows it.
    """

    path: Path
    format: str
    sha256: str
    source_type: str
    recipe: Taken | None = None
    trouble: str = ""
    system: str = ""
    c2pa: bool = False
    manifest: Manifest | None = None
    project: Path | None = None
    entry: Entry | None = field(default=None, repr=False)
    exact: bool = False

    @property
    def made_by_a_model(self) -> bool | None:
        """None: nothing says so, which is no proof."""
        if self.source_type:
            return self.source_type != "digitalCreation"
        return True if self.recipe is not None else None


def inspect_file(path: Path) -> Known:
    """StudioError where the file can't be read. Of formats that hold no marks, what the ledger says."""
    data = read_bytes(path)
    digest = sha256(data)
    try:
        found = look(data, path.name)
    except StudioError:
        found = Found(path.suffix.removeprefix(".").upper() or "file")
    recipe, trouble = None, ""
    try:
        recipe = taken_from(found, path.name)
    except StudioError as error:
        if error.title != f"{path.name} has no recipe":
            trouble = str(error)
    manifest = check(data, path.suffix.lower()) if found.c2pa else None
    project, entry, exact = _in_ledger(path, digest)
    source = (found.xmp.source_type if found.xmp else "") or (
        manifest.source_type if manifest else ""
    )
    return Known(
        path,
        found.format,
        digest,
        source or (entry.text("source_type") if entry and exact else ""),
        recipe,
        trouble,
        found.xmp.iptc("AISystemUsed") if found.xmp else "",
        found.c2pa,
        manifest,
        project,
        entry,
        exact,
    )


def lines_of(known: Known) -> list[tuple[str, str]]:
    """(what, said) for people."""
    out = [("file", f"{known.path.name}, {known.format}")]
    said = _MADE.get(known.source_type, known.source_type)
    verdict = f"{said} ({known.source_type})" if known.source_type else ""
    if not verdict:
        verdict = "a model's recipe is in it, but no mark" if known.recipe else "nothing in it says"
    out.append(("made", verdict))
    if known.recipe is not None:
        request = known.recipe.request
        out.append(("recipe", f"of {known.recipe.tool}: {_short(request.prompt)}"))
        out.append(
            (
                "",
                f"seed {request.seed}, {request.steps} steps, {request.sampler}, {request.width}x{request.height}",
            )
        )
        if known.recipe.missed:
            out.append(("not ours", "; ".join(known.recipe.missed)))
    else:
        out.append(("recipe", known.trouble or "none"))
    if known.system:
        out.append(("model", known.system))
    out.append(("C2PA", _signature(known)))
    out.append(("ledger", _ledger(known)))
    out.append(("sha256", known.sha256))
    return out


def figures_of(known: Known) -> dict[str, Any]:
    """The same for programs."""
    recipe = known.recipe
    return {
        "file": str(known.path),
        "format": known.format,
        "sha256": known.sha256,
        "digital_source_type": known.source_type or None,
        "made_by_a_model": known.made_by_a_model,
        "recipe": None
        if recipe is None
        else {
            "tool": recipe.tool,
            "prompt": recipe.request.prompt,
            "seed": recipe.request.seed,
            "missed": list(recipe.missed),
        },
        "trouble": known.trouble or None,
        "c2pa": None
        if not known.c2pa
        else {"state": known.manifest.state or None, "signer": known.manifest.signer or None}
        if known.manifest
        else {"state": None, "signer": None},
        "ledger": None
        if known.entry is None
        else {"project": str(known.project), "line": known.entry.line, "unchanged": known.exact},
    }


def _in_ledger(path: Path, digest: str) -> tuple[Path | None, Entry | None, bool]:
    """The newest entry of these bytes, else of this path."""
    project = find_project(path)
    if project is None:
        return None, None, False
    try:
        inside = path.resolve().relative_to(project.root).as_posix()
    except (OSError, ValueError):
        inside = ""
    of_path: Entry | None = None
    for entry in reversed(read_ledger(project.root).entries):
        files = entry.files()
        if digest in files.values():
            return project.root, entry, True
        if of_path is None and inside in files:
            of_path = entry
    return project.root, of_path, False


def _signature(known: Known) -> str:
    if not known.c2pa:
        return "no manifest"
    if known.manifest is None:
        return "a manifest that can't be read"
    if not known.manifest.state:
        return "a manifest, not checked: pip install 'underpaint[c2pa]'"
    trust = ", signed by somebody this machine does not know" if known.manifest.untrusted else ""
    return f"{known.manifest.state.lower()}{trust} ({known.manifest.signer or 'no name'})"


def _ledger(known: Known) -> str:
    if known.entry is None:
        return "not in it" if known.project else "it lies in no project"
    entry = known.entry
    model = entry.text("model", "name") or "no model"
    when = entry.text("at") or "some time"
    changed = "" if known.exact else "; the file was changed since"
    return f"line {entry.line}: exported {when}, {model}, {_short(entry.text('request', 'prompt'))}{changed}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:77] + "..."
