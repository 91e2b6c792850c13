"""What is said of a model, as pairs of a word and sentences. Plain text: what a file says of itself is shown, never
followed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from studio_app.catalogue.budget import in_words, kept, needed
from studio_app.catalogue.controls import kind_by_name
from studio_app.catalogue.families import FAMILIES, TEXT_ENCODERS, FamilyFacts
from studio_app.catalogue.identify import PICKLES
from studio_app.catalogue.identity import Identity
from studio_app.catalogue.places import Place, own_folder, subfolder
from studio_app.catalogue.scanning import Found, named
from studio_app.core.capabilities import SAMPLERS, Capabilities
from studio_app.core.fittings import NONE, Fitting
from studio_app.core.hardware import Room
from studio_app.export.origin import licence_named
from studio_app.session.model_desk import ModelDesk
from studio_app.ui.faces.registry import words_of

Pairs = list[tuple[str, str]]

_PREDICTS = {
    "epsilon": "the noise (epsilon)",
    "v": "v, between noise and picture",
    "x0": "the picture itself (x0)",
    "flow": "the straight way from noise to picture (rectified flow)",
}


def pairs_of(
    found: Found,
    can: Capabilities | None,
    room: Room | None,
    whole: bool,
    all_found: Iterable[Found],
    fitting: Fitting = NONE,
) -> Pairs:
    """can: where it can be drawn with. whole: whether the device takes four bytes for a number, rather than two.
    fitting: what was chosen for it."""
    identity = found.identity
    facts = FAMILIES.get(identity.family)
    pairs: Pairs = []
    if identity.role == "broken":
        pickled = found.path.suffix.lower() in PICKLES
        what = _tr("Ask for the model as .safetensors.") if pickled else ""
        why = " ".join(part for part in (_sentence(identity.why), what) if part)
        return [(_tr("Why"), why), (_tr("Where"), str(found.path))]
    draws = facts is not None and identity.role in ("checkpoint", "denoiser")
    if facts is not None and draws:
        pairs.append((_tr("Denoiser"), _architecture(identity, facts)))
    pairs.append((_tr("Weights"), _weights(identity)))
    if facts is not None and draws:
        pairs += _drawing(identity, facts, can)
        drawings = _drawings(identity, can)
        if drawings:
            pairs.append((_tr("Drawings"), drawings))
        beside = _beside(fitting)
        if beside:
            pairs.append((_tr("Goes with it"), beside))
        more = _beside_bytes(fitting, all_found, 4.0 if whole else 2.0)
        pairs.append((_tr("Memory"), _memory(identity, room, whole, more)))
    if identity.role == "lora":
        pairs.append(
            (
                _tr("Format"),
                _tr("{format}, rank {rank}").format(
                    format=identity.layout, rank=identity.rank or "?"
                ),
            )
        )
    if identity.role == "ip adapter":
        pairs.append((_tr("Reads"), _tr("the layer Reference: a picture to be like")))
    elif "control" in identity.role or "adapter" in identity.role:
        kind = kind_by_name(found.name)
        said = (
            _tr("{kind}, by its name").format(kind=kind) if kind else _tr("its name does not say")
        )
        pairs.append((_tr("Drawing"), ", ".join(part for part in (identity.detail, said) if part)))
    missing = _missing(identity, facts, all_found)
    if missing:
        pairs.append((_tr("Missing"), missing))
    pairs.append((_tr("Licence"), _licence(identity, facts)))
    pairs.append(
        (_tr("Where"), _tr("{path}  ({owner})").format(path=found.path, owner=found.place.owner))
    )
    return [(word, f"{said[:1].upper()}{said[1:]}") for word, said in pairs]


def empty_words(desk: ModelDesk) -> str:
    """In the place of the list."""
    if desk.scanning:
        return _tr("Looking…")
    if desk.found:
        return _tr("Nothing fits. Clear the filter, or show everything.")
    own = own_folder()
    return _tr(
        "There are no models yet.\n\nPut files of .safetensors or .gguf, or folders in diffusers layout, into\n"
        "{own}\nor add the folder in which you keep them: ComfyUI's, A1111's, Forge's and InvokeAI's are found "
        "by themselves where they usually are.\n\nPickles (.ckpt, .pt) can run code and are never opened."
    ).format(own=own or "")


def foot_words(desk: ModelDesk) -> str:
    """How much was found, and where."""
    count, places = len(desk.found), len(desk.places)
    if desk.scanning:
        said = _tr("Looking… {count} models among {seen} files")
        return said.format(count=count, seen=desk.seen)
    models = _tr("1 model") if count == 1 else _tr("{n} models").format(n=count)
    folders = _tr("1 folder") if places == 1 else _tr("{n} folders").format(n=places)
    return _tr("{models} in {folders}").format(models=models, folders=folders)


def _architecture(identity: Identity, facts: FamilyFacts) -> str:
    said = facts.denoiser
    if identity.width:
        said += _tr(", {width} wide").format(width=identity.width)
    if identity.blocks and facts.pixels_per_token:
        said += _tr(", {count} blocks").format(count=identity.blocks)
    if facts.pixels_per_token:
        p = facts.pixels_per_token
        tokens = (facts.side // p) ** 2
        said += _tr(". It sees N = H·W / {p}² tokens: {tokens} at {side} x {side}").format(
            p=p, tokens=f"{tokens:,}", side=facts.side
        )
    return said + "."


def _weights(identity: Identity) -> str:
    count = identity.parameters
    numbers = f"{count / 1e9:.2f} billion" if count >= 1e9 else f"{count / 1e6:.0f} million"
    parts = [_tr("{count} parameters").format(count=numbers), identity.numbers]
    parts += [
        in_words(identity.size),
        identity.layout and _tr("{layout} layout").format(layout=identity.layout),
    ]
    return ", ".join(part for part in parts if part)


def _drawing(identity: Identity, facts: FamilyFacts, can: Capabilities | None) -> Pairs:
    pairs: Pairs = []
    if identity.prediction:
        said = _PREDICTS.get(identity.prediction, identity.prediction)
        if identity.zero_snr:
            said += _tr(", down to nothing but noise (zero SNR)")
        if "prediction" in identity.guesses:
            said += _tr("; a guess, its tensors do not say")
        pairs.append((_tr("Predicts"), f"{said}."))
    if identity.few_step:
        guessed = _tr(", by its name") if "few_step" in identity.guesses else ""
        said = _tr("{kind}{guessed}: made for few steps.").format(
            kind=identity.few_step, guessed=guessed
        )
        pairs.append((_tr("Steps"), said))
    pairs.append((_tr("Guidance"), facts.guidance))
    pairs.append((_tr("Negative prompt"), facts.negative))
    pairs.append((_tr("Try"), _recommended(facts, can)))
    return pairs


def _drawings(identity: Identity, can: Capabilities | None) -> str:
    """What of the layers it reads, and how; of one that reads none, what would."""
    if can is None or can.native:
        return ""
    if can.controls:
        kinds = ", ".join(words_of(kind).title.lower() for kind in can.controls)
        if not can.control_strength:
            return _tr("{kinds}, as pictures that it looks at, without strength.").format(
                kinds=kinds
            )
        return f"{kinds}."
    role = next((role for role in ("union controlnet", "controlnet") if role in can.fits), "")
    if not role:
        return ""
    own = own_folder()
    place = Path(subfolder(role)) if own is None else own / subfolder(role)
    said = _tr("It reads none yet: a ControlNet for {family} would go into {place}.")
    return said.format(family=FAMILIES[identity.family].name, place=place)


def _recommended(facts: FamilyFacts, can: Capabilities | None) -> str:
    if can is None or not can.known_samplers:
        return _tr("{steps}, {side} x {side} pixels.").format(steps=facts.steps, side=facts.side)
    sampler = can.known_samplers[0]
    sizes = ", ".join(f"{width} x {height}" for width, height in can.sizes[:3])
    return _tr("{sampler}, {steps} steps, guidance {guidance}, {sizes} pixels.").format(
        sampler=SAMPLERS[sampler].label.split(" (")[0],
        steps=int(can.steps_of(sampler).default),
        guidance=f"{can.guidance.default:g}",
        sizes=sizes,
    )


def _beside_bytes(fitting: Fitting, all_found: Iterable[Found], per_number: float) -> int:
    """What the files that were chosen for it take in memory."""
    files = {*fitting.controls.values(), fitting.draft, fitting.likeness, fitting.sight}
    numbers = sum(item.identity.parameters for item in all_found if str(item.path) in files)
    return round(numbers * per_number)


def _memory(identity: Identity, room: Room | None, whole: bool, more: int) -> str:
    """more: bytes of what goes with it."""
    count = needed(identity, 4.0 if whole else 2.0) + more
    said = _tr("About {count} with a picture of its size").format(count=in_words(count))
    if more:
        said += _tr(" and what goes with it, {more}").format(more=in_words(more))
    if room is None or not room.total or not room.free:
        return f"{said}."
    free = _tr("{free} of {total} are free ({where})").format(
        free=in_words(room.free), total=in_words(room.total), where=room.where
    )
    alone = needed(identity, 4.0 if whole else 2.0, alone=True)
    small = kept(identity)
    if small is not None and min(count, alone) > room.free:
        less = _tr("{said}; as small as it is written, and then a step takes longer, {small}")
        said = less.format(said=said, small=in_words(small + more))
        if small + more <= room.total:
            return f"{said}: {free}."
    if alone <= room.total < count and room.where != "memory":
        return _tr("{said}; prompts are then read by the CPU: {free}.").format(said=said, free=free)
    if count > room.total:
        return _tr("{said}; that does not fit: {free}.").format(said=said, free=free)
    return f"{said}; {free}."


def _beside(fitting: Fitting) -> str:
    """What was chosen for it, a line for each file."""
    kinds: dict[str, list[str]] = {}
    for kind, path in fitting.controls.items():
        kinds.setdefault(path, []).append(kind)
    lines = [f"{', '.join(kinds[path])}: {_called(Path(path))}" for path in kinds]
    for path, what in ((fitting.draft, _tr("drafts")), (fitting.likeness, _tr("reference"))):
        if path:
            lines.append(f"{what}: {_called(Path(path))}")
    return "\n".join(lines)


def _called(path: Path) -> str:
    return named(path, Place(path.parents[min(1, len(path.parents) - 1)], ""))


def _missing(identity: Identity, facts: FamilyFacts | None, all_found: Iterable[Found]) -> str:
    """Parts that it needs, where they would go, and which of them lie on the disks already."""
    if identity.why:
        return _sentence(identity.why)
    if facts is None or identity.role not in ("checkpoint", "denoiser") or "own" in facts.text:
        return ""
    wanted: list[tuple[str, str, str]] = [
        ("text encoder", name, _spared(name, facts))
        for name in facts.text
        if name not in identity.parts
    ]
    if "own" in identity.parts:
        wanted = []
    if "vae" not in identity.parts:
        wanted.append(("vae", facts.vae, _tr("its autoencoder")))
    there = {(item.identity.role, item.identity.detail): item for item in all_found}
    lines: list[str] = []
    for role, detail, words in wanted:
        item = there.get((role, detail))
        if item is not None:
            lines.append(_tr("{what}: {name} would do").format(what=words, name=item.name))
        else:
            own = own_folder()
            place = (own / subfolder(role)) if own is not None else Path(subfolder(role))
            lines.append(_tr("{what}: it would go into {place}").format(what=words, place=place))
    return "\n".join(lines)


def _spared(name: str, facts: FamilyFacts) -> str:
    """A text encoder in words."""
    words = TEXT_ENCODERS[name]
    return (
        _tr("{what}, which it can do without").format(what=words) if name in facts.spared else words
    )


def _licence(identity: Identity, facts: FamilyFacts | None) -> str:
    allowed = {
        "yes": _tr("Commercial use is allowed."),
        "no": _tr("Commercial use is not allowed."),
        "terms": _tr("Commercial use is allowed under conditions."),
        "unknown": _tr("Whether commercial use is allowed is not known here."),
    }
    if identity.licence:
        commercial = licence_named(identity.licence).commercial
        answer = {True: "yes", False: "no", None: "unknown"}[commercial]
        return _tr("{name}, as the file states it. {allowed}").format(
            name=identity.licence, allowed=allowed[answer]
        )
    if facts is None:
        return _tr("It states none.")
    known = facts.licence
    said = _tr("It states none; that of {family} is {name}. {allowed} {terms}").format(
        family=facts.name, name=known.name, allowed=allowed[known.commercial], terms=known.terms
    )
    return said.strip()


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)
