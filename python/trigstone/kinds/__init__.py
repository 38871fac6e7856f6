"""The kinds of files that can be converted. Each module has

NAME                        what --kind calls it
matches(source)             told by columns, never by file names
Plan(source, collection)    .columns to read, .block(arrays) -> tokens.Block, .attributes
"""

from . import cmsl1, collide2v, delphes, edm4hep, jetclass, lhe, nanoaod, ntuple

# In this order of asking: trigger tuples look like NanoAOD in part, COLLIDE-2V like both.
COLUMNAR = (collide2v, cmsl1, jetclass, delphes, edm4hep, nanoaod, ntuple)
NAMES = tuple(kind.NAME for kind in COLUMNAR) + (lhe.NAME,)


def kind_of(source):
    return next((kind for kind in COLUMNAR if kind.matches(source)), None)
