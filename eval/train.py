"""Teaching what can be learned.

python -m eval.train reader --data DIR [--out DIR] [--work DIR] [--questions N] [--epochs N] [--seed N]
python -m eval.train examine --data DIR [--reader NAME] [--out FILE]
python -m eval.train retrieval --data DIR --out DIR [--questions N] [--epochs N] [--seed N]

Teaches a reader (`index.reading`) on THQuAD, SQuAD 2.0 and the register of questions, from nothing; one that
was interrupted goes on where it was. One document in twenty is not taught: how the reader does on those is
printed, and kept in its manifest. Or examines one on THQuAD's test files and on XQuAD, paragraph given.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Final

from app.progress import counting_bar
from app.readers import BUNDLED, reader_of
from app.settings import read_settings
from corpus.errors import DipnotError
from corpus.reading import read_corpus
from eval.examination_results import Examination, table
from eval.provenance import commit, machine, versions
from eval.training import retrieval
from eval.training.course import RETRIEVAL, Course
from eval.training.examination import examine
from eval.training.marks import marks
from eval.training.mining import Group, groups
from eval.training.pairs import pairs_of
from eval.training.reader import Pupil, teach
from eval.training.sources import Lesson, lesson
from index.encoder import Encoder
from index.model import resolve
from index.reading.reader import FOLDER, TaughtReader

_HELD_OUT: Final = 20
_CHECKED: Final = 600


def is_held_out(unit: str) -> bool:
    """Whether what belongs to a document, or to a sentence of a register, is not taught: one in twenty."""
    return int.from_bytes(hashlib.sha256(unit.encode()).digest()[:4], "big") % _HELD_OUT == 0


def held_out(found: Lesson) -> tuple[list[int], list[int]]:
    """The numbers of the questions that are taught, and of those that are not: of the sets every question of
    one document in twenty, of a register one sentence in twenty."""
    taught: list[int] = []
    others: list[int] = []
    for number, one in enumerate(found.taught):
        unit = one.pool.name
        if one.source.startswith("register"):
            unit = f"{unit.removesuffix('.en')} {one.right}"
        (others if is_held_out(unit) else taught).append(number)
    return taught, others


def teach_reader(given: argparse.Namespace) -> None:
    """Teach a reader, and write it."""
    settings, out = read_settings(), given.out or FOLDER
    encoder = Encoder(resolve(settings.model, settings.cache_dir))
    found = lesson(given.data, read_corpus(settings.corpus_dir))
    print(f"Questions: {dict(Counter(one.source for one in found.taught))}")
    print(f"Left out: {dict(found.left_out)}")
    with counting_bar("Looking for wrong sentences") as progress:
        every = groups(found.taught, encoder, given.seed, progress)
    own, others = held_out(found)
    if given.questions:
        own = sorted(random.Random(given.seed).sample(own, min(given.questions, len(own))))
    course = _course(Course(), given)
    pupil = Pupil(encoder, course, given.device)
    with counting_bar("Teaching") as progress:
        losses = teach(pupil, [every[number] for number in own if number in every], given.work, progress)
    print(f"{len(losses)} steps; loss {_mean(losses[:50]):.3f} at first, {_mean(losses[-50:]):.3f} at last")
    pupil.write(out, {})
    with counting_bar("Examining") as progress:
        checked = _some([every[number] for number in others if number in every])
        results = marks(TaughtReader(encoder, out), checked, progress)
    for source, figures in results.items():
        print(f"{source:20} " + "  ".join(f"{name} {value:.3f}" for name, value in figures.items()))
    pupil.write(
        out,
        {
            "course": asdict(course),
            "steps": len(losses),
            "taught": len(own),
            "questions": dict(Counter(one.source for one in found.taught)),
            "left_out": dict(found.left_out),
            "not_taught": results,
            "machine": machine(),
            "versions": versions(),
        },
    )
    print(f"{out} written")


def examine_reader(given: argparse.Namespace) -> None:
    """Examine a reader, and print the figures as a table; with --out, write them as JSON."""
    settings = read_settings()
    encoder = Encoder(resolve(settings.model, settings.cache_dir))
    reader = reader_of(given.reader, encoder, allow_download=settings.allow_download)
    if reader is None:
        raise DipnotError(f"There is nothing to examine: --reader is {given.reader}.")
    begun = perf_counter()
    with counting_bar("Examining") as progress:
        found = examine(reader, given.data, progress)
    print("\n".join(table(found)))
    if given.out:
        examination = Examination(
            reader=given.reader,
            commit=commit(),
            machine=machine(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=round(perf_counter() - begun, 1),
            examined=found,
        )
        given.out.write_text(examination.model_dump_json() + "\n", encoding="utf-8")
        print(f"{given.out} written")


def teach_retrieval(given: argparse.Namespace) -> None:
    """Teach the encoder to search, and write the model."""
    settings = read_settings()
    if given.out is None:
        raise DipnotError("Where is the model to be written? Name a folder with --out.")
    model = resolve(settings.model, settings.cache_dir)
    with counting_bar("Looking for wrong passages") as progress:
        every = pairs_of(given.data, read_corpus(settings.corpus_dir), given.seed, progress)
    sets = ("passages", "sentences")
    checked = {name: [pair for pair in every[name] if is_held_out(pair.unit)] for name in sets}
    taught = dict(every) | {
        name: [pair for pair in every[name] if not is_held_out(pair.unit)] for name in sets
    }
    if given.questions:
        draw = random.Random(given.seed)
        taught = {name: draw.sample(own, min(given.questions, len(own))) for name, own in taught.items()}
    print(f"Pairs: { ({name: len(own) for name, own in taught.items()}) }")
    course = _course(RETRIEVAL, given)
    retrieval.teach(model, taught, course, given.out)
    results = {}
    encoders = [Encoder(model), Encoder(resolve(str(given.out), settings.cache_dir))]
    for name, own in checked.items():
        before, after = (retrieval.found_first(encoder, own) for encoder in encoders)
        results[name] = {"pairs": len(own), "first_before": before, "first": after}
        print(f"{name:12} not taught: nearest is right {before:.3f} before, {after:.3f} after")
    counts = {name: len(own) for name, own in taught.items()}
    told = {"pairs": counts, "not_taught": results, "machine": machine(), "versions": versions()}
    retrieval.write_told(given.out, course, told)
    print(f"{given.out} written")


def _course(course: Course, given: argparse.Namespace) -> Course:
    """A course, with what was said of it; the adapter counts twice of its rank, whatever that is."""
    named = {name: getattr(given, name) for name in ("rank", "rate", "epochs", "seed")}
    said = {name: value for name, value in named.items() if value is not None}
    return replace(course, **said, alpha=2 * said.get("rank", course.rank))


def _some(every: Sequence[Group]) -> list[Group]:
    """So many of them, spread evenly."""
    step = max(1, len(every) // _CHECKED)
    return list(every[::step])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


_WAYS: Final = {"reader": teach_reader, "examine": examine_reader, "retrieval": teach_retrieval}


def main() -> None:
    """Teach what is named."""
    settings = read_settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=_WAYS)
    parser.add_argument("--data", type=Path, required=True, help="the folder with thquad/, squad/ and xquad/")
    parser.add_argument("--reader", default=BUNDLED, help="which to examine: a name as DIPNOT_READER takes")
    parser.add_argument("--out", type=Path, help="where it is written; a reader: where it is looked for")
    parser.add_argument("--work", type=Path, default=settings.index_dir.parent / "training" / "reader")
    parser.add_argument("--questions", type=int, default=0, help="so many, of each kind of pair; 0: all")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--rank", type=int)
    parser.add_argument("--seed", type=int, default=Course.seed)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    given = parser.parse_args()
    try:
        _WAYS[given.what](given)
    except DipnotError as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
