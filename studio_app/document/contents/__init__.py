"""What a node of the stack can be: one module for each kind of content, and the table of all of them.

Here: which planes a content has, how it is painted, stretched, cut and mirrored, what of it is stored, what it looks
like in a file, and what it says to a model. Whoever needs to know any of that asks the content, or `registry`;
nobody outside asks which kind it is. What its planes look like on a canvas, and with which tools one works on it,
is `ui/faces/`, under the same key.
"""
