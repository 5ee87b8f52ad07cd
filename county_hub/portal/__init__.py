"""The citizen's page: a port of its own, where a party asks with number and code, and rates."""
