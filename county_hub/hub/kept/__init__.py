"""What the hub keeps in HOME for itself: paths, settings, secrets, the registry."""
