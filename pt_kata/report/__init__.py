"""The page that shows what the races found: its data, its pictures, its words."""
