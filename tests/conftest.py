"""What holds for all tests."""

from hypothesis import settings

# The same examples in each run: a test that fails has then failed for a change, not by chance.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None, max_examples=200)
# Others in each run, and many: of `make fuzz`.
settings.register_profile("many", deadline=None, database=None, max_examples=1000, print_blob=True)
settings.load_profile("fixed")
