"""A folder of databases, each one replica file."""

from sync.databases.folder import Databases

__all__ = ["Databases"]
