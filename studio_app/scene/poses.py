"""The library of poses, by name: what figures in games do. Angles in degrees, see `skeleton`.

Feet were planted and balance checked on the adult body; other bodies stand in them too, since the
figure is put back on the ground. Right and left can be exchanged with `Pose.mirrored`.
"""

from __future__ import annotations

from collections.abc import Mapping

from studio_app.scene.poses_acting import ACTING
from studio_app.scene.poses_fighting import FIGHTING
from studio_app.scene.poses_ground import GROUND
from studio_app.scene.poses_standing import STANDING
from studio_app.scene.skeleton import Pose

# In the order in which the window offers them.
POSES: Mapping[str, Pose] = {**STANDING, **GROUND, **FIGHTING, **ACTING}
