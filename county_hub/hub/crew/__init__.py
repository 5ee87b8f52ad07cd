"""Worker processes beside the server: who routes and who makes the tables, started, watched and ended by the server."""
