"""zhibiao: Chinese news -> a normalized dataset in which every cell knows its characters in the raw text."""

from pipeline.extract import Extractor
from pipeline.spans import Company, Document, Fact, Quantity, Sentence, Time

__all__ = ["Company", "Document", "Extractor", "Fact", "Quantity", "Sentence", "Time"]
