"""Where an export goes: one file per kind of game project, and the list of them.

A target says how its projects are recognised, what they call files and where they keep them, what its engine wants
of maps, and which files it wants beside them. What it makes are bytes and paths inside the project: it writes
nothing. A new one is a module with a `TARGET`, and its line in registry.py.
"""
