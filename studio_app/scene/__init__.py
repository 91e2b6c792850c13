"""A small 3D world: solids, cameras, a posable mannequin, and what one camera sees of them.

Here: transforms, primitives, the mannequin with its joints and limits, the OpenPose vocabulary, and the caster
that turns a scene into depth, normals, part ids and joints, fast enough to drag a limb.
Imports: numpy and core's values. No materials, no light (training/world shades the same descriptions), no
files, no torch, no Qt.
Axes: x right, y up, z towards the viewer. Depth is inverse: near = 1, background = 0.
"""
