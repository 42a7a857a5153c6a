"""The options of the commands, one module per command. None imports torch, so that a mistake is
reported at once.

`build_parser(prog)` builds the parser. `read(argv, prog)` returns the options, and refuses options
that contradict each other or would have no effect.
"""
