"""How good a checkpoint is: the figures of `underpaint eval`, and the sheets that go into its card.

Here: the fixed questions (prompts of the world's grammar, with what they name), real renders of the same words,
the probe as a reader with its own bar, one module per subject of figures, intervals, sheets, the card's table.
A figure that the probe reads is given only where the probe reads real renders well enough; what was not
measured is absent, never zero. Nothing here trains anything, and nothing that trains may import it.
"""
