"""What holds for all tests."""

from hypothesis import settings

# The same examples in each run: a test that fails has then failed for a change, not by chance.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")
