"""Files of events: photographs made fit to travel, manifests and the chunks they name."""
