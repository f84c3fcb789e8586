"""How tensors walk over a storage, and which have a storage of their own."""
