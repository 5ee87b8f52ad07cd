"""What an operator is told of a running hub: is it well, its figures, its log."""
