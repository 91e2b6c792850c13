"""Things of all kinds as solids, for the training world and for `scene/forms.py`: one small function per thing, in one
file per family.

A thing is a function of a random generator, decorated with `@thing("name")`, that returns solids: centred on
the y axis, front towards +z, any size (the registry stands it on y = 0 and makes it about one unit tall). Its
biggest part has the surface "main"; accents come from `registry.SURFACES`. A new file here is found by itself.
No materials, no colours, no cameras: those belong to the shader of the training world, and to who places them.
"""
