"""Commands about cases, matters and the figures made of them."""
