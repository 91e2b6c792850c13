"""The process, as the papers write it: how much picture and noise there is at a time, for tables and for flows.

Here: schedules, the spacing of few steps, samplers as rules on them, and a folder's scheduler read as one. Tensors and
numbers only: no network is known here.
"""
