"""What every test may use: one extractor for the session, and the material beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

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


def pytest_configure(config: pytest.Config) -> None:
    """Tests that share a server and a browser go to one worker."""
    if getattr(config.option, "dist", "no") == "load":
        config.option.dist = "loadgroup"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What one worker alone can do begins first, so that the others do not wait for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
