"""What backward leaves in the graph of the learner's Values, and what their network learns with it."""
