"""Whether a model can do what a request asks. Free of torch, so that a window can ask before it runs."""

from __future__ import annotations

from studio_app.core.capabilities import SAMPLERS, Capabilities
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest


def check_request(request: GenerationRequest, can: Capabilities, model: str) -> list[str]:
    """Sentences about what will be done otherwise than hoped. StudioError for what can't be done at all."""
    _check_run(request, can, model)
    _check_wishes(request, can, model)
    return [*_odd(request, can, model), *_idle_controls(request, can), *_kept(request)]


def _check_run(request: GenerationRequest, can: Capabilities, model: str) -> None:
    """Sampler, steps, guidance, kind and size."""
    if request.sampler not in can.known_samplers:
        known = ", ".join(can.known_samplers)
        raise StudioError(f"No sampler {request.sampler!r}", f"{model} has {known}")
    _check_steps(request, can)
    if _is_few_step(request) and not can.guidance.min <= request.guidance_scale <= can.guidance.max:
        raise StudioError(
            f"The guidance scale can't be {request.guidance_scale:g}",
            f"{model} was trained for {can.guidance.min:g} to {can.guidance.max:g}",
        )
    if request.kind not in can.kinds:
        raise StudioError(f"{model} makes no {request.kind}", f"it makes {', '.join(can.kinds)}")
    longest = max(request.width, request.height)
    if longest > can.max_side:
        raise StudioError(
            f"The picture can't be {request.width}x{request.height}",
            f"{model} makes pictures up to {can.max_side} pixels wide and high",
            "Choose a smaller size, or another model",
        )


def _check_wishes(request: GenerationRequest, can: Capabilities, model: str) -> None:
    """What a network has to be made for: LoRAs, other layers of words, negatives, drawings, seams, regions."""
    if request.loras and not can.loras:
        raise StudioError(
            f"{model} takes no LoRAs", f"{request.loras[0][0]!r} was asked for", "Leave it out"
        )
    if request.clip_skip > can.clip_skip:
        raise StudioError(
            f"The clip skip can't be {request.clip_skip}",
            f"{model} bears {can.clip_skip} at most" if can.clip_skip > 1 else f"{model} has none",
            "Choose a smaller one" if can.clip_skip > 1 else "Leave it out",
        )
    if (
        _is_few_step(request)
        and request.negative_prompt.strip()
        and can.negative == "none"
        and not can.attention_guidance
    ):
        raise StudioError(
            f"{model} takes no negative prompt with the sampler {request.sampler}",
            "",
            "Leave it out, or use a slow sampler: ddim or ddpm",
        )
    for control in request.controls:
        if control.kind not in can.controls:
            has = ", ".join(can.controls) or "none"
            raise StudioError(
                f"{model} takes no {control.kind} control", f"it has {has}", "Leave it out"
            )
    if any(request.tile) and not can.tiling:
        raise StudioError(
            f"{model} makes no seamless pictures",
            "its network is told where in the picture it is",
            "Turn Seamless off, or choose another model",
        )
    if request.regions and not can.regions:
        raise StudioError(
            f"{model} hears one set of words for the whole picture",
            f"{len(request.regions)} regions have words of their own",
            "Leave the regions out, or choose another model",
        )


def _odd(request: GenerationRequest, can: Capabilities, model: str) -> list[str]:
    """Of a size and of a negative prompt that act otherwise than elsewhere."""
    notes: list[str] = []
    if (request.width, request.height) not in can.sizes:
        known = ", ".join(f"{width}x{height}" for width, height in can.sizes)
        notes.append(
            f"{model} was trained at {known}: {request.width}x{request.height} may look odd"
        )
    by_guidance = not _is_few_step(request) or can.negative == "cfg"
    if by_guidance and request.negative_prompt.strip() and request.guidance_scale == 1:
        acts = (
            "acts by attention guidance, more gently" if can.attention_guidance else "does nothing"
        )
        notes.append(f"the negative prompt {acts} at guidance 1")
    return notes


def _kept(request: GenerationRequest) -> list[str]:
    if request.init is not None and request.strength == 0:
        return ["strength 0 keeps the picture to start from as it is"]
    return []


def _is_few_step(request: GenerationRequest) -> bool:
    return not SAMPLERS[request.sampler].teacher


def _idle_controls(request: GenerationRequest, can: Capabilities) -> list[str]:
    """Of every control that acts on no step, why; of those that have no strength, that they have none."""
    n = request.steps
    said: list[str] = []
    for control in request.controls:
        if not can.control_strength and control.strength not in (0, 1):
            said.append(
                f"the {control.kind} control enters as a picture to look at, which has no strength"
            )
        if control.strength == 0:
            said.append(f"the {control.kind} control has strength 0: it acts on no step")
        elif not any(control.acts(i, n) for i in range(n)):
            said.append(
                f"the {control.kind} control acts on no step: none of {n} begins between "
                f"{control.start:g} and {control.end:g} of the run"
            )
    return said


def _check_steps(request: GenerationRequest, can: Capabilities) -> None:
    known = can.steps_of(request.sampler)
    low, high = int(known.min), int(known.max)
    if not low <= request.steps <= high:
        raise StudioError(
            f"The number of steps can't be {request.steps}",
            f"{request.sampler} takes {low} to {high}",
            f"Try {min(max(request.steps, low), high)}",
        )
