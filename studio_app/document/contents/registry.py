"""The kinds of content there are."""

from __future__ import annotations

from collections.abc import Mapping

from studio_app.document.contents.colour import Colour
from studio_app.document.contents.content import Content
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.pose import Pose
from studio_app.document.contents.scene import Scene

CONTENTS: Mapping[str, type[Content]] = {
    content.kind: content for content in (Mask, Pose, Depth, Scene, Colour)
}
"""By kind; the topmost first, as they lie in a new document."""
