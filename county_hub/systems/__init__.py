"""Other systems: what opens the interface for them, what they are told, what they hand in."""
