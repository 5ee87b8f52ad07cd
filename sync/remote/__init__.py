"""A database behind an HTTP address, as a `Peer`."""

from sync.remote.remote_peer import RemotePeer

__all__ = ["RemotePeer"]
