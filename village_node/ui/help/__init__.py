"""What helps a person with the app: a sheet of help on each screen, the tour again, settings."""
