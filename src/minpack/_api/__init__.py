"""The public functions: their signatures, docstrings and SciPy's words."""
