"""What each command accepts: a module a command, which imports no torch, so that a mistake is
answered at once.

`build_parser(prog)` builds the parser. `read(argv, prog)` returns the options, and refuses those
that contradict each other or would have no effect.
"""
