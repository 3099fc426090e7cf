"""What people decide: the typed parameter files of a company and of a cycle.

`load.py` reads the files into these types; every fault names its file and line. A field's comment is what
`aop new` and the README say about it.
"""
