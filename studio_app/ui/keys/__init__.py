"""The keys of the window: which command has which, what hands do without one, and the window where keys are changed.

Here: the commands as the menus have them, their keys as made and as chosen, and what pen, mouse and wheel do.
Not here: what a command does; the keys that a widget takes by itself (arrows, Enter, Escape, Space).
"""
