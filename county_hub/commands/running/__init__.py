"""Commands that found, run and care for a HOME."""
