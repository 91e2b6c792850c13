"""The layers panel: the stack as a tree with thumbnails, and what can be done with its nodes and groups.

Here: the item model over `Document.stack`, the view that shows it, the thumbnails, the options of the layer that is
chosen, and the commands. Every command is the studio's; which kinds there are is asked of the faces.
"""
