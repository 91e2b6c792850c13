"""What the blend modes are called."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from studio_app.document.blending import Blend


def blend_names() -> dict[Blend, str]:
    """All there are, as they are listed."""
    tr = _tr
    return {
        "normal": tr("Normal"), "multiply": tr("Multiply"), "screen": tr("Screen"),
        "overlay": tr("Overlay"), "darken": tr("Darken"), "lighten": tr("Lighten"),
        "color-dodge": tr("Colour dodge"), "color-burn": tr("Colour burn"),
        "hard-light": tr("Hard light"), "soft-light": tr("Soft light"),
        "difference": tr("Difference"), "hue": tr("Hue"), "saturation": tr("Saturation"),
        "color": tr("Colour"), "luminosity": tr("Luminosity"), "plus": tr("Plus"),
        "dst-in": tr("Keep where it is"), "dst-out": tr("Cut out where it is"),
        "src-atop": tr("Only on what is below"), "dst-atop": tr("Behind, inside its edges"),
    }  # fmt: skip


def blend_name(blend: Blend) -> str:
    return blend_names()[blend]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Layers", text)
