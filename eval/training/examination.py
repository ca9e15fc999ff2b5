"""How a reader does on the paragraphs of THQuAD's test files and of XQuAD, as such readers are compared.

The paragraph is given, as in SQuAD (Rajpurkar et al. 2016), and every question has an answer in it. The
sentences of the paragraph are read one by one; the words of the one judged best are the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from corpus.article import Language
from corpus.plain import plain_article
from eval.examination_results import Examined
from eval.external_results import Figure
from eval.external_sets import FILES, WAYS, Way, words_by_id
from eval.squad import SquadSet, contains, exact_match, f1, read_squad
from index.reading import Reader, Window

Progress = Callable[[int, int], None]


def examine(reader: Reader, data: Path, progress: Progress = lambda done, total: None) -> list[Examined]:
    """Examine a reader on the sets found in the folder ``data``; raises DipnotError where a file of a set is
    not in the format of SQuAD."""
    files = {key: sorted(data.glob(pattern)) for key, pattern in FILES.items()}
    sets = {key: read_squad(paths) for key, paths in files.items() if paths}
    ways = [way for way in WAYS if {(way.set, way.asked), (way.set, way.text)} <= sets.keys()]
    total = sum(_count(sets[way.set, way.text]) for way in ways)
    found, before = [], 0
    for way in ways:
        scores = _scores(reader, way, sets, lambda done: progress(before + done, total))  # noqa: B023
        exact, share, sentence = (Figure.of([row[place] for row in scores]) for place in range(3))
        found.append(
            Examined(way=way.name, questions=len(scores), exact_match=exact, f1=share, sentence=sentence)
        )
        before += _count(sets[way.set, way.text])
    return found


def _count(read: SquadSet) -> int:
    return sum(len(paragraph.questions) for document in read.documents for paragraph in document.paragraphs)


def _scores(
    reader: Reader,
    way: Way,
    sets: Mapping[tuple[str, Language], SquadSet],
    tell: Callable[[int], None],
) -> list[tuple[float, float, float]]:
    """Exact match, F1 and whether the sentence is right, of each question."""
    text, wording = sets[way.set, way.text], sets[way.set, way.asked]
    worded = words_by_id(wording)
    found: list[tuple[float, float, float]] = []
    for document in text.documents:
        for paragraph in document.paragraphs:
            windows = _windows(paragraph.text, way)
            for question in paragraph.questions:
                # Ids are not unique in every set: a set's own words need none.
                words = question.text if wording is text else worded.get(question.id)
                if words is None:
                    continue
                readings = reader.read(words, windows)
                best = max(range(len(windows)), key=lambda place: readings[place].answers)
                given = windows[best].text[slice(*readings[best].span)]
                answers = [answer.text for answer in question.answers]
                found.append(
                    (
                        exact_match(given, answers, way.text),
                        f1(given, answers, way.text),
                        float(contains(windows[best].text, answers, way.text)),
                    )
                )
                tell(len(found))
    return found


def _windows(paragraph: str, way: Way) -> list[Window]:
    texts = [sentence.text for sentence in plain_article("paragraph", way.text, [paragraph]).sentences]
    return [Window(text, before) for text, before in zip(texts, ["", *texts], strict=False)]
