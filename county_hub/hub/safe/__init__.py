"""Encryption of the hub's HOME: one data key, the ways to it, and the move of a HOME from before."""
