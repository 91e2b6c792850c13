"""From files that may be wrong to networks: nothing is made of a folder or a file before it was checked here.

Here: what a header may say, tensors wherever and however they are written (single files of other programs, eight bits,
GGUF), the classes of diffusers and transformers, how far a load is, and whether the memory bears it. A family says what
its parts are called; no family is known here. Imports: device, and of the catalogue how headers are read.
"""
