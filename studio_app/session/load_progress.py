"""How far the load of a model is, in words for whoever waits."""

from __future__ import annotations

from collections.abc import Callable

from studio_app.core.engine import LoadStopped, Progress

READING = "Reading the model"
READING_FROM = 0.1
"""Share of a load that is over once torch is there, and the weights begin."""
_STEP = 0.01
_PARTS = {
    "unet": "the part that draws",
    "transformer": "the part that draws",
    "teacher": "the part that draws slowly",
    "vae": "the part that makes pixels",
    "draft": "the part that makes drafts",
    "maps": "the part that makes maps",
    "text_encoder": "the part that reads words",
    "controlnet": "the part that obeys drawings",
    "adapter": "the part that obeys drawings",
}
"""By the first letters of a part's folder."""


def words_of_load(what: str) -> str:
    """What is being read, as its folder is called, or a sentence of the engine's own."""
    if what[:1].isupper() and " " in what:
        return what
    said = next((said for name, said in _PARTS.items() if what.startswith(name)), "")
    return f"{READING}: {said}" if said else READING


def load_progress(tell: Callable[[str, float], object], overtaken: Callable[[], bool]) -> Progress:
    """Tells how far a load is, not at every tensor; ends it where nobody wants it any more."""
    told = 0.0

    def progress(what: str, share: float) -> None:
        nonlocal told
        if overtaken():
            raise LoadStopped("The model was not loaded", "it was stopped")
        if share >= told + _STEP:
            told = share
            tell(words_of_load(what), min(READING_FROM + (1.0 - READING_FROM) * share, 0.99))

    return progress
