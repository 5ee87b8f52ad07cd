"""A device that the county has revoked hands over what is still on it: over the line, or as a file."""
