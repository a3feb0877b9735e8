"""How fits are run: one at a time, in batches, in threads, by Dask."""
