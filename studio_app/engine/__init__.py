"""From a request to frames: the only home, with training, of torch and diffusers.

Here: the engine that a studio or a command is given (`factory.py`), the device and what it fails with, what is
remembered by content, and the rooms that they stand on, each importing only what lies below it: `benches`, `drawing`,
`families`, `models`, `controls` and `loras`, `denoising` and `decoding`, `diffusion` and `words`, `loading`,
`operators`. What is known of one kind of model alone is in `families`. Network classes are diffusers' and
transformers' own. Imports: scene, catalogue, core, torch, diffusers, transformers. No Qt, no widgets, no documents;
nothing is downloaded, and only safetensors and checked GGUF are loaded. torch takes seconds to import: whoever is
above imports this room when it is needed, inside a function.
"""
