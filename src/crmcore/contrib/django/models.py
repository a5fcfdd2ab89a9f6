"""No models. Django tells only apps with a module of this name that migrations have run."""
