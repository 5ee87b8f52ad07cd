"""The pages of an organ's own people: what was assigned to them, and nothing else."""
