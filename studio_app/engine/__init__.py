"""From a request to frames: the only home, with training, of torch and diffusers.

Here: loading networks, schedules (`levels.py`), samplers as rules on them, drawings to features, tiling, previews, the
device; and in `families/` what is known of each kind of model. Network classes are diffusers' and transformers' own.
Imports: scene, core, torch, diffusers, transformers. No Qt, no widgets, no documents; nothing is downloaded,
and only safetensors are loaded. torch takes seconds to import: whoever is above imports this room when it is
needed, inside a function.
"""
