"""Pages that stay true while one watches them: one watcher of the hub, one stream for each page that is looked at."""
