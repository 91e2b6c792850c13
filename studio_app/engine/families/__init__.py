"""The families of models that this program knows: two modules each, X_card.py and X.py.

Here: how a family's folders are recognised and laid out (the card, free of torch), what its networks are told of a
prompt and of a drawing, and the denoiser made of them. What a family has to be is in `engine/family.py`, the list of
cards in `engine/model_card.py`; `registry.py` loads. What is common to several (loading a class, U-Nets, adapters,
schedules, samplers) lies above this room, in `engine/`, and knows none of them.
"""
