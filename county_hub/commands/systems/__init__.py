"""Verbs for other systems: tokens, webhooks, what they handed in."""
