"""What the router does with records: rules, sweep, what is held, what no record names."""
