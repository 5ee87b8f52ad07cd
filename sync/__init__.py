"""A CouchDB replica, replicator and endpoint in Python. See docs/SYNC.md; this package knows nothing of cases or villages."""
