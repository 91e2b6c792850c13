"""The export panel: what a picture becomes, where it goes, and every file that would be written, before any is.

It shows `session/exporting.py` and sets nothing but through it. The panel is a frame; each kind of asset has a page
of its own, in the table of `kinds.py`, and an option of it is a field on that page.
"""
