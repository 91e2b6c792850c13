"""The world that the embedded model knows: its things, materials, light, grounds, and the words for them.

Here: a batched torch caster over scene/ descriptions, the shader, textures, outfits, captions, and compose,
which puts one picture together from a random generator. Everything is drawn from code: no picture of others is
in it.
Imports: scene, core, numpy, torch. No networks and no training loops: those are one floor up, in training/.
"""
