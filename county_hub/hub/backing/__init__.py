"""What a hub needs of a store behind it, where its own databases are only caches."""
