"""What drawings and reference pictures add inside a denoiser.

Here: a drawing as an adapter's input and when it acts (`features.py`), ControlNets, unions of them, T2I-Adapters and
IP-Adapters: where they lie, how they are read, what they give. `embodied.py` gives figures a body.
"""
