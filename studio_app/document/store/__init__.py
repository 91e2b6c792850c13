"""The work between two starts, as files: saving, opening, finding again what a killed studio left.

Functions and small classes over folders; no Qt, no threads: the session says when, and in which thread.

Nothing is ever deleted here that this run has not itself written, or read back whole, and knows to be
superseded. What can't be read is kept aside, whole, and said. What is written is first read by the rules of
reading. A folder of work has one owner at a time, by a lock that the system takes away from the dead.
"""
