"""The people of the console: personal accounts, two steps of signing in, sessions, and who looked at what."""
