"""One article -> its rows, or why it has none: the one function that a local run and a Spark worker both call."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline import rulebook
from pipeline.dataset import rows
from pipeline.inputs import content
from pipeline.read import Raw, Rejected, Source, Unreadable, read
from pipeline.roster import NOBODY, Roster
from pipeline.store import Stored, cells

# What the text and the rows of an article depend on besides our own code.
_LIBRARIES = ("jieba", "spacy", "regex", "charset-normalizer", "trafilatura", "pypdfium2", "python-docx")


@dataclass(frozen=True, slots=True)
class Task:
    """An article to extract: its bytes, their hash, and the digest of all that its rows depend on."""

    source: Source
    data: bytes
    sha256: str
    key: str


def task(source: Source, made_with: str) -> Task | Rejected:
    """What is to be done with an article, or why nothing can be; `made_with` is what the function of that name says."""
    try:
        data = content(source)
    except Unreadable as error:
        return Rejected(source.path, error.reason, error.position)
    digest = sha256(data).hexdigest()
    kind = Path(source.path).suffix if source.text is None else "row"
    parts = (digest, kind, source.source, source.published or "", source.title or "", made_with)
    return Task(source, data, digest, sha256("\x1f".join(parts).encode()).hexdigest())


def made_with(rules: Path | None, companies: Roster = NOBODY) -> str:
    """A digest of rules, list, our code and the libraries: with another one, every article is extracted again."""
    with rulebook.use_folder(rules):
        total = sha256(f"{rulebook.digest()} {companies.digest}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    for library in _LIBRARIES:
        total.update(f"{library} {_version(library)}\n".encode())
    return total.hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"


class Recipe:
    """What a worker does with an article.

    `rules` is another rule folder, `companies` the user's list. Raises rulebook.RuleError if the rules are broken.
    """

    def __init__(self, *, rules: Path | None = None, companies: Roster = NOBODY) -> None:
        from pipeline.extract import Extractor  # two seconds, for nothing if no article has changed

        self._extractor = Extractor(rules=rules, companies=companies)
        self._extractor("2023年产值增长5%。")  # loads what is loaded when first needed, before the workers are forked

    def __call__(self, task: Task) -> Stored | Rejected:
        """The article with its rows, or why it has none; no error of an article's is raised."""
        path = task.source.path
        try:
            return self._extract(task)
        except Unreadable as error:
            return Rejected(path, error.reason, error.position)
        except Exception as error:  # one bad article harms nobody else, whatever is wrong with it
            return Rejected(path, f"extraction failed, please report it: {_described(error)}", None)

    def _extract(self, task: Task) -> Stored:
        source = task.source
        raw = _raw(task)
        document = self._extractor(raw.text, published=source.published, doc_id=source.doc_id, title=source.title)
        document = replace(document, source=source.source, sha256=task.sha256, encoding=raw.encoding)
        tables = {table: [cells(table, row) for row in found] for table, found in rows(document).items()}
        return Stored(source.doc_id, task.key, raw.text, tables)


def _raw(task: Task) -> Raw:
    if task.source.text is not None:
        return Raw(task.source.text, None)
    return read(task.data, suffix=Path(task.source.path).suffix)


def _described(error: Exception) -> str:
    """The error on one line, with the place in the code."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    text = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' * bool(text)}{text} ({Path(frame.filename).name}:{frame.lineno})"
