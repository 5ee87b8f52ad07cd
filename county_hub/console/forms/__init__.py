"""Forms of acts in the console: made from bodies and from the command line's own declarations, filled in without a script."""
