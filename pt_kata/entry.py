"""The pytest entry point: loads the plugin inside a kata workspace, and does nothing anywhere else."""

from __future__ import annotations

import pytest

from pt_kata.workspace import find_workspace


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Register the plugin where ``katas/curriculum.toml`` is in sight of the folder pytest was called from."""
    root = find_workspace(early_config.invocation_params.dir) or find_workspace(early_config.rootpath)
    if root:
        from pt_kata.plugin import KataPlugin

        early_config.pluginmanager.register(KataPlugin(root), "pt_kata-workspace")
