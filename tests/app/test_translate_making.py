"""Making the English of an article: what is asked for, what is kept, and what a stopped run leaves."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.translate.making import Made, make, part_of
from app.translate.translator import Refused, TranslatorFailed
from corpus.article import Article
from corpus.catalogue import PACKAGED, read_catalogue
from corpus.errors import CorpusError
from corpus.reading import read_article
from corpus.translations import Translation, key, lines, read_translations, to_translate, write_line

STALE = Translation("Böyle bir cümle yok.", key("Böyle bir cümle yok."), "No such sentence.", "human", True)


class Stub:
    """A translator that writes "EN: " before a sentence, and does what ``on`` says with some."""

    def __init__(self, batch: int = 1, on: dict[str, Exception | Refused] | None = None) -> None:
        self.batch = batch
        self.on = on or {}
        self.asked: list[list[str]] = []

    def translate(self, sentences: Sequence[str]) -> list[str | Refused]:
        self.asked.append(list(sentences))
        return [self._one(sentence) for sentence in sentences]

    def _one(self, sentence: str) -> str | Refused:
        found = self.on.get(sentence, f"EN: {sentence}")
        if isinstance(found, BaseException):
            raise found
        return found


@pytest.fixture(scope="module")
def article() -> Article:
    entry = next(entry for entry in read_catalogue() if entry.id == "004")
    return read_article(PACKAGED, entry)


@pytest.fixture(scope="module")
def texts(article: Article) -> list[str]:
    return to_translate(article)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "translations" / "004.en.jsonl"


def made_by_hand(text: str) -> Translation:
    return Translation(text, key(text), f"By hand: {text}", "human", True)


def write(path: Path, translations: Sequence[Translation]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(lines(translations), encoding="utf-8")


def use(translator: Stub) -> Callable[[], Stub]:
    return lambda: translator


def none_needed() -> Stub:
    raise AssertionError("a translator was asked for")


def test_a_new_article_is_translated_whole_in_reading_order(article, texts, target):
    seen: list[tuple[int, int]] = []
    translator = Stub()
    assert make(article, target, use(translator), lambda *n: seen.append(n)) == Made(len(texts), 0, ())
    assert translator.asked == [[text] for text in texts]
    kept = read_translations(target)
    assert [(each.tr, each.en) for each in kept.values()] == [(text, f"EN: {text}") for text in texts]
    assert {(each.by, each.reviewed) for each in kept.values()} == {("machine", False)}
    assert [path.name for path in target.parent.iterdir()] == ["004.en.jsonl"]
    assert seen == [(n, len(texts)) for n in range(len(texts) + 1)]


def test_a_batch_holds_as_many_as_the_translator_takes(article, texts, target):
    translator = Stub(batch=50)
    make(article, target, use(translator))
    assert [len(batch) for batch in translator.asked] == [50, 50, 50, len(texts) - 150]


def test_only_what_has_no_english_is_translated_and_what_is_there_stays_as_it_is(article, texts, target):
    write(target, [made_by_hand(text) for text in reversed(texts) if text not in texts[3:5]])
    translator = Stub(batch=8)
    made = make(article, target, use(translator))
    assert made == Made(2, len(texts) - 2, ())
    assert translator.asked == [texts[3:5]]
    kept = list(read_translations(target).values())
    assert [each.tr for each in kept] == texts
    assert [each.by for each in kept[:6]] == ["human", "human", "human", "machine", "machine", "human"]


def test_where_nothing_is_missing_no_translator_is_needed_and_the_file_stays_as_it_is(article, texts, target):
    write(target, [made_by_hand(text) for text in reversed(texts)])
    before = target.read_bytes()
    assert make(article, target, none_needed) == Made(0, len(texts), ())
    assert target.read_bytes() == before


def test_a_stale_line_is_kept_at_the_end_for_a_person_to_look_at(article, texts, target):
    write(target, [STALE, *(made_by_hand(text) for text in texts[1:])])
    make(article, target, use(Stub()))
    kept = list(read_translations(target).values())
    assert kept[-1] == STALE
    assert [each.tr for each in kept[:-1]] == texts


def test_a_refused_sentence_stays_without_english_and_the_others_are_put_in_place(article, texts, target):
    why = Refused("it has 900 tokens, the model reads 512")
    made = make(article, target, use(Stub(batch=8, on={texts[1]: why})))
    assert made == Made(len(texts) - 1, 0, ((texts[1], why.why),))
    assert [each.tr for each in read_translations(target).values()] == [texts[0], *texts[2:]]
    assert not part_of(target).exists()


@pytest.mark.parametrize("error", [TranslatorFailed("down"), KeyboardInterrupt()])
def test_a_run_that_is_stopped_keeps_its_lines_and_the_next_goes_on_from_them(article, texts, target, error):
    with pytest.raises(type(error)):
        make(article, target, use(Stub(on={texts[10]: error})))
    assert not target.exists()
    assert [each.tr for each in read_translations(part_of(target)).values()] == texts[:10]
    translator = Stub()
    assert make(article, target, use(translator)) == Made(len(texts) - 10, 10, ())
    assert translator.asked[0] == [texts[10]]
    assert [each.tr for each in read_translations(target).values()] == texts
    assert not part_of(target).exists()


def test_a_line_cut_off_as_it_was_written_is_translated_again(article, texts, target):
    whole = [Translation(text, key(text), "kept", "machine", False) for text in texts[:3]]
    write(part_of(target), whole)
    torn = write_line(Translation(texts[3], key(texts[3]), "torn “ş”", "machine", False)).encode()
    part_of(target).write_bytes(part_of(target).read_bytes() + torn[:-10])
    make(article, target, use(Stub()))
    assert [each.en for each in read_translations(target).values()][:4] == ["kept"] * 3 + [f"EN: {texts[3]}"]


def test_a_run_killed_after_the_last_line_only_has_to_put_them_in_place(article, texts, target):
    write(part_of(target), [made_by_hand(text) for text in reversed(texts)])
    assert make(article, target, none_needed) == Made(0, len(texts), ())
    assert [each.tr for each in read_translations(target).values()] == texts
    assert not part_of(target).exists()


def test_what_was_put_in_place_goes_before_what_was_left_behind(article, texts, target):
    write(target, [made_by_hand(texts[0])])
    write(part_of(target), [Translation(texts[0], key(texts[0]), "older", "machine", False)])
    make(article, target, use(Stub()))
    assert next(iter(read_translations(target).values())) == made_by_hand(texts[0])


def test_a_bad_line_left_behind_is_told_with_its_number_and_nothing_is_touched(article, texts, target):
    write(part_of(target), [made_by_hand(texts[0])])
    part_of(target).write_text(part_of(target).read_text(encoding="utf-8") + "{}\n", encoding="utf-8")
    before = part_of(target).read_bytes()
    with pytest.raises(CorpusError, match=r"004\.en\.jsonl\.part, line 2: .* remove .*004\.en\.jsonl\.part"):
        make(article, target, none_needed)
    assert part_of(target).read_bytes() == before
