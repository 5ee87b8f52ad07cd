"""A relief depot on the same floors as the disputes: see docs/SERVICE_POINT.md. All names are DEMO."""
