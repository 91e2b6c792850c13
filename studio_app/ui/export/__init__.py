"""The export panel: what a picture becomes, where it goes, and every file that would be written, before any is.

It shows `session/exporting.py` and sets nothing but through it. An option of an export is a field in `options.py`.
"""
