"""What the command line can do: one module per command, listed in cli.py.

A command has `add_parser(subparsers)`, which describes its options and imports nothing heavy, and
`run(args) -> int`, which does the work (importing torch, if it must, inside) and returns the exit code.
What the user can mend is raised as StudioError; cli.py makes one line of it.
Imports: everything but ui, of which `bench` has what measures the window. No work is done here that a test or a window
would want to call: it lives in its room, and the command only reads options and prints.
"""
