"""From a request to frames: the only home, with training, of torch and diffusers.

Here: loading models, prompts to embeddings, controls to features, the samplers as functions that yield every
step, tiling, previews, the device. Network classes are diffusers' and transformers' own.
Imports: scene, core, torch, diffusers, transformers. No Qt, no widgets, no documents; nothing is downloaded,
and only safetensors are loaded. torch takes seconds to import: whoever is above imports this room when it is
needed, inside a function.
"""
