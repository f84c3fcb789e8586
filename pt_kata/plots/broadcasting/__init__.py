"""Which numbers meet when two shapes differ."""
