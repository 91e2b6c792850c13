"""The drawing surface: what the artist paints depth, pose, colour and masks on.

Here: the one transform between document and view, the canvas widget and its tools, the layer list and the tool
options. Every edit is a command of the session's Studio; nothing here changes a document.
Not here: finished or forming pictures (ui/viewer), knobs and menus (ui), torch, engine, threads.
"""
