"""What the artist has chosen for one model: what its file does not tell, and what it wears whenever it is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FEW_STEP_KINDS = ("none", "LCM", "TCD", "Hyper", "DMD2", "Turbo", "Lightning")
"""That a model may be said to be; "none" was not distilled to few steps."""
PREDICTIONS = ("epsilon", "v", "x0")


class Fitting(BaseModel):
    """Frozen. few_step: of `FEW_STEP_KINDS`; prediction: of `PREDICTIONS`; "" is as they were recognised. controls: by
    kind of drawing, the file of a ControlNet or an adapter. draft: the file of a tiny decoder. compiled: whether its
    networks are compiled when it is loaded. likeness: of an
    IP-Adapter, and sight: of the image encoder that sees for it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    few_step: Literal["", "none", "LCM", "TCD", "Hyper", "DMD2", "Turbo", "Lightning"] = ""
    prediction: Literal["", "epsilon", "v", "x0"] = ""
    controls: dict[str, str] = Field(default_factory=dict[str, str])
    draft: str = ""
    compiled: bool = False
    likeness: str = ""
    sight: str = ""


NONE = Fitting()


def fitting_key(model: Path) -> str:
    """What a model in a folder or a file is called in the settings."""
    return str(model.absolute())
