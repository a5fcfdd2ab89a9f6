"""The kit that proves a storage backend: what the storage interface promises, as tests that a class inherits."""
