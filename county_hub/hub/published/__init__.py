"""What the hub publishes under its own name: directory, notices, receipts."""
