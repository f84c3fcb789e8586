"""Curves, the ReLUs that they are made of, and the error against the number of ReLUs."""
