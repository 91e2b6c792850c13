"""The drawing surface: what the artist paints depth, pose, colour and masks on.

Here: the canvas widget, the hand that pen and mouse are to it, the tools and their options, the people of a pose, the
layer list, and what comes and goes by file, drop and clipboard. Every edit is a command of the session's Studio;
nothing here changes a document.
Not here: finished or forming pictures (ui/viewer), knobs and menus (ui), torch, engine, threads.
"""
