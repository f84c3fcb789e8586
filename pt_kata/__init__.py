"""pt_kata: learn PyTorch from the inside, one assertion at a time."""
