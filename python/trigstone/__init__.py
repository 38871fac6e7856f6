"""Python side of Trigstone: `python -m trigstone.convert` turns event files of other programs into ours."""
