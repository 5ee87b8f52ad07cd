"""What a form of this desk offers of lists that are too long to be read whole."""
