"""The kit above the store's: over a storage backend, the lifecycle of customers comes out as it does in memory."""
