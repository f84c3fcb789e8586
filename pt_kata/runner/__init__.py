"""One kata's tests in a process of its own: started warm, bounded, watched, and gone afterwards with all it left.

``launch`` starts the processes, by a fork of a server that has imported torch already, or, where a fork isn't safe,
from a worker that was started ahead; ``child`` is what runs in them; ``supervise`` reads what they report and stops
what takes too much; ``verdict`` is the outcome. Nothing here but ``child``, ``server`` and ``worker`` imports torch.
"""
