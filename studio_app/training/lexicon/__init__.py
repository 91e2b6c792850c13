"""The words that an artist may type, and the nearest that the model was taught.

Here: WordNet's own files read, what WordNet can't tell (`notes`), and how both become resources/words/lexicon.json.xz,
which `python -m studio_app.training.lexicon` writes. Not here: looking a word up (core/lexicon.py).
"""
