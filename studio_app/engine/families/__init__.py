"""The families of models that this program knows, a module each.

Here: how a family's folders are recognised and laid out, what its networks are told of a prompt and of a drawing,
and the denoiser made of them. `registry.py` has the list; what a family has to be is in `engine/family.py`. What is
common to several (loading a class, U-Nets, adapters, schedules, samplers) lies above this room, in `engine/`, and
knows none of them. A new family is a module here, a line in the registry and a folder in `tests/engine/families/`.
"""
