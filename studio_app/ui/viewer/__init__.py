"""Looking at pictures as they form: the live viewer, the timeline of steps, the grid of variations.

Here: widgets that show frames and runs, compare them, and hand a step back to the session to branch from.
Not here: drawing (ui/canvas), deciding what is generated or kept (session), torch, engine, threads.
"""
