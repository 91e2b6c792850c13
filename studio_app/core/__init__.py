"""The shared vocabulary: the values that every other room speaks of, all frozen, all picklable.

Here: requests and frames, what models and samplers can do, the engine's protocol, the one error a user meets, the
one place that reads files and the one that writes them, JSON and TOML of strangers, where data lies, settings, the
list of models, what machine this is.
Imports: the standard library, numpy, pydantic, isal (which deflates). Nothing here knows torch, Qt, pictures' file
formats, or any other room. If only one room uses it, it lives in that room.
"""
