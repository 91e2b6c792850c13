"""The session: what is going on now, with signals.

Here: the Studio (sole writer of the document, and the one thing the window talks to), undo, the live loop, the store of
runs and the gallery, when work is saved (how it lies in files is `document/store`'s), and the only five threads beside
the window's: the engine worker, the journal's, the saver, the flusher and the reader. Closing waits for the first
three; the others may hang on a dead disk or network for ever. QtCore and QtGui, no widgets. The engine is made by
whoever starts the studio, inside the worker's thread, so that the window is up before torch is loaded; here it is known
by its protocol in core.
"""
