"""zhibiao: Chinese news -> a normalized dataset in which every cell knows its characters in the raw text."""

from typing import TYPE_CHECKING, Any

from pipeline.spans import Company, Document, Fact, Quantity, Sentence, Time

if TYPE_CHECKING:
    from pipeline.extract import Extractor

__all__ = ["Company", "Document", "Extractor", "Fact", "Quantity", "Sentence", "Time"]


def __getattr__(name: str) -> Any:
    """`Extractor` loads jieba and the rules, so it is imported when it is first asked for (--help does not)."""
    if name == "Extractor":
        from pipeline.extract import Extractor

        return Extractor
    raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
