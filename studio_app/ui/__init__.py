"""The window: widgets that show what the session says and tell it what the artist does.

Lives here: the main window, its panels, the canvas and the viewer, actions, theme, icons; everything of QtWidgets.
May not live here: torch or the engine (importing the window leaves torch out of `sys.modules`), threads (session/),
the document's own edits (document/), and any waiting: a slot returns at once.

A widget takes the `Studio` it talks to, sets nothing but through it, and redraws when it is told of a change.
"""
