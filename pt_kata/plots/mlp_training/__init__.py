"""How the learner's network learns: its losses, its boundary as it forms, and the digits that it reads wrongly."""
