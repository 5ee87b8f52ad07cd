"""What citizens hand in over the portal, before a person has accepted it: no event, no case, and forgotten in time."""
