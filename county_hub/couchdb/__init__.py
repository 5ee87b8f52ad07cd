"""The county's databases on Apache CouchDB: what they are called there, made ready, looked over, filled and compared."""
