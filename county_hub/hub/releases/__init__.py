"""Releases of the program that the county lets out: the shelf in HOME, and how devices take from it."""
