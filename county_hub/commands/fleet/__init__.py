"""Commands about the devices of a county."""
