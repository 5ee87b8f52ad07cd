"""The router: judges what arrives in the offices' databases and copies it to whom it concerns."""

from sync.router.router import Router, RouterStatus, SweepReport

__all__ = ["Router", "RouterStatus", "SweepReport"]
