"""What every test may use: one extractor for the session, and the material beside the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("shared", deadline=None)  # a machine that others use as well keeps no deadline
settings.load_profile("shared")
pytest.register_assert_rewrite("tables")

from pipeline import Extractor  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def extractor() -> Extractor:
    """The extractor with the built-in rules. Building it takes seconds, so it is built once."""
    return Extractor()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared beside the repository; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent: it holds the real articles and is no part of the repository")
    return SHARED


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n`, the tests that share a server and a browser go to one worker, first; the others to whoever is free."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class OneBrowser(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.split("::")[0] if "_browser.py" in nodeid else nodeid

    return OneBrowser(config, log)
