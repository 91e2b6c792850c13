"""The families of models that this program knows: two modules each, X_card.py and X.py.

Here: how a family's folders are recognised and laid out (the card, free of torch), what its networks are told of a
prompt and of a drawing, and the denoiser made of them. What a family has to be is in `engine/models/family.py`, and
what several share beside it. Two modules know them all: `model_card.py` lists the cards, `registry.py` loads.
"""
