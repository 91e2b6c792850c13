"""The tools of the canvas beside brush, eraser and picker: one module for each family, and the table of them all.

A tool holds what one drags with it, from press to release, and draws its marks; what it does to a content is
`document/marks.py`, `document/selections.py` and `document/floating.py`. Nothing here asks which kind a layer is.
"""
