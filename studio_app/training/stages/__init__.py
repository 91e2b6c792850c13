"""The stages of a run, one module each: what is trained, on which batches, against which loss.

Here: autoencoder, teacher (and its ways, `trajectories`), the student (`distill`), the decoders of its latents
(`sharpen` against a `critic`, `draft`, `maps`; what they are given is drawn by `student`), and the judge's network
(`probe`). A stage hands a loss to the loop (training/loop.py) and may ask an earlier stage for its weights.
Not here: recipes, batches and losses that several stages share, the figures of a finished model (judge/).
"""
