"""Newer releases of the program: heard of, fetched, carried; never installed from here."""
