"""Commands about the organisation and its tables."""
