"""The faces of the contents: how each kind looks on the canvas, what it is called, and what one works on it with.

One module for each kind, under the key of its content (`document/contents/`); nothing else in the window asks which
kind a layer is.
"""
