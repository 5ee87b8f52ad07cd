"""A local replica: CouchDB's documents, revisions and changes feed in one SQLite file."""

from sync.peer import Row
from sync.replica.local_replica import LocalReplica
from sync.replica.values import Attachment, Validator

__all__ = ["Attachment", "LocalReplica", "Row", "Validator"]
