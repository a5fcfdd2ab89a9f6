"""The application layer: load, settle, decide, commit, retry, react."""
