"""What the artist makes, and the files it comes from.

Here: the document and its layers as frozen values, strokes, what a document asks of a model, what was made of
it, presets, the work between two starts (`store/`), and the readers of pictures and of OpenPose files that turn
anything broken or huge into a StudioError. An edit is a pure function from one document to the next; undo and
signals are the session's.
Imports: scene, core, numpy, pillow, OpenEXR, psd-tools, trimesh; an artist's own networks of poses, where there are
some. No Qt, no torch: a document must open on a machine that has neither.
"""
