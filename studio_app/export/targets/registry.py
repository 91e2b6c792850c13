"""All targets, in the order in which a folder is asked whether it is one of theirs."""

from __future__ import annotations

from studio_app.core.errors import StudioError
from studio_app.export.targets import folder, godot, unity, unreal
from studio_app.export.targets.target import Target

TARGETS: tuple[Target, ...] = (godot.TARGET, unity.TARGET, unreal.TARGET, folder.TARGET)
PLAIN = folder.TARGET


def target_named(name: str) -> Target:
    """The target with that id. StudioError where there is none."""
    for target in TARGETS:
        if target.id == name:
            return target
    raise StudioError(
        f"No target {name!r}", "there are " + ", ".join(target.id for target in TARGETS)
    )
