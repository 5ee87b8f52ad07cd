"""Commands about people: staff, accounts, mediators, helpers."""
