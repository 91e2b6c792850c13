"""One step of a U-Net: denoisers that several families share, and what may be changed in them for one pass.

Here: true and embedded guidance, words of regions and normalised attention guidance in the cross-attentions, and the
same step with fewer operations for a CPU. Transformers' steps are in the modules of their families.
"""
