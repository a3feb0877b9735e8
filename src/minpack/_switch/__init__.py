"""What `minpack.scipy` is made of: the functions in SciPy's place, where they are put, and what is counted."""
