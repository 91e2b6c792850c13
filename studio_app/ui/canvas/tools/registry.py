"""What is made for each tool that is no brush, by name."""

from __future__ import annotations

from collections.abc import Mapping

from studio_app.ui.canvas.tools import marking, selecting, writing
from studio_app.ui.canvas.tools.moving import MoveTool
from studio_app.ui.canvas.tools.tool import DragTool
from studio_app.ui.canvas.tools.warping import WarpTool

TOOLS: Mapping[str, type[DragTool]] = {
    "fill": marking.Fill,
    "gradient": marking.Ramp,
    "radial": marking.Radial,
    "plane": marking.Plane,
    "line": marking.StraightLine,
    "rectangle": marking.Rectangle,
    "ellipse": marking.Round,
    "lasso": marking.LassoFill,
    "text": writing.Text,
    "sphere": marking.Sphere,
    "box": marking.Cuboid,
    "cylinder": marking.Cylinder,
    "cone": marking.Cone,
    "select_box": selecting.SelectBox,
    "select_ellipse": selecting.SelectEllipse,
    "select_lasso": selecting.SelectLasso,
    "select_alike": selecting.SelectAlike,
    "move": MoveTool,
    "warp": WarpTool,
}
