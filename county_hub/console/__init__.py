"""The console: pages for the county's officers. Reads the read model, writes only events through the hub's own device."""
