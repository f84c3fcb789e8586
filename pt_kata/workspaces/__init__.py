"""Workspaces: folders outside of the repository, made by ``pt-kata init`` and kept current by ``pt-kata update``."""
