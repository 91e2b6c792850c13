"""What characters wear and hold, as solids, for the training world and for `scene/dressed.py`: one function per outfit,
registered by the word for it, measured by the body that wears it.
"""
