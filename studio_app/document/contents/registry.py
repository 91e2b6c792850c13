"""The kinds of content there are."""

from __future__ import annotations

from collections.abc import Mapping

from studio_app.document.contents.colour import Colour
from studio_app.document.contents.content import Content
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.edge import Edge
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.normal import Normal
from studio_app.document.contents.pose import Pose
from studio_app.document.contents.reference import Reference
from studio_app.document.contents.scene import Scene

CONTENTS: Mapping[str, type[Content]] = {
    content.kind: content for content in (Mask, Pose, Edge, Normal, Depth, Scene, Colour, Reference)
}
"""By kind; the topmost first, as they lie in a new document."""
