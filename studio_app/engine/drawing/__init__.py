"""From a loaded model and a request to frames: where a run begins, its jumps, its previews and pictures.

Here too: whether a model can do what is asked, many pictures in one pass, and drawing ahead of the first stroke.
"""
