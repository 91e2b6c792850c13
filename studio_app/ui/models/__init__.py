"""The window of models: what lies on the disks, what each is, and which one draws.

Here: the list, in groups and filtered; what is known of the chosen one, in words and numbers; and the commands for it.
What is found comes from `session/model_desk.py`. Imports: session, catalogue, QtWidgets; never the engine.
"""
