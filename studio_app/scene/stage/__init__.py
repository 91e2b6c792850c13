"""The scene that an artist builds: figures, solids and meshes under one camera, as frozen values.

Here: the description (`stage`), what may be done to it (`edits`, `posing`, `viewing`), its JSON, what its camera
sees, whole or only where something moved (`look`), what is under the pointer (`picking`), and what dragging a
handle means (`gizmos`). Everything is a pure function of values, but `Looker`, which remembers its last look.
Imports: the rest of scene/, numpy, core's values. No Qt, no files but the ready scenes of resources/.
Units: an adult is 1 high. Axes: x right, y up, z towards the viewer; the ground is y = 0.
"""
