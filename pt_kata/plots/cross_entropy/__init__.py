"""The loss against the logit in three dtypes, naive and stable, and its gradient as a heat map."""
