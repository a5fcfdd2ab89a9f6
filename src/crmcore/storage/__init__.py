"""Where records and events are kept; it knows nothing of rules."""
