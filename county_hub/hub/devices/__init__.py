"""Devices at the door: enrolled, let in, last heard of."""
