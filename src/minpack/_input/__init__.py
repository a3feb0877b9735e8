"""Arguments: checked, converted and named in errors."""
