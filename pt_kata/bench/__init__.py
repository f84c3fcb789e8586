"""Races between PyTorch's fused operators, versions by hand, compiled ones and the learner's own."""
