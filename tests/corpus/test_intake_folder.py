"""A corpus folder of one's own: what stands in it before and after, and what failure leaves."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from corpus.catalogue import PACKAGED, read_catalogue
from corpus.errors import CorpusError
from corpus.intake import Metadata, add, begin_with_bundled, remove
from corpus.intake import folder as folder_module
from corpus.reading import read_corpus
from tests import intakefiles as files


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return tmp_path / "corpus"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def everything(folder: Path) -> dict[str, str]:
    return {
        str(each.relative_to(folder)): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in folder.rglob("*")
        if each.is_file() and each.name != ".lock"
    }


def test_the_packaged_articles_are_never_changed(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "Bir cümle.")
    for change in (
        lambda: add(PACKAGED, path),
        lambda: remove(PACKAGED, "000"),
        lambda: begin_with_bundled(PACKAGED),
    ):
        with pytest.raises(CorpusError, match=r"dipnot add --corpus DIR FILE"):
            change()
    assert len(read_catalogue()) == 5 and not (PACKAGED / ".lock").exists()


def test_the_original_lies_beside_its_text_and_both_have_their_sum(tmp_path: Path, corpus: Path) -> None:
    path = written(tmp_path, "Kars Antlaşması.html", files.HTML)
    entry = add(corpus, path).entry
    assert entry.original is not None
    assert (corpus / "originals" / entry.original.file).read_bytes() == path.read_bytes()
    assert entry.original.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert entry.sha256 == hashlib.sha256((corpus / "articles" / entry.file).read_bytes()).hexdigest()
    assert entry.id == "kars-antlasmasi"


def test_a_folder_may_begin_with_the_bundled_articles(tmp_path: Path, corpus: Path) -> None:
    begin_with_bundled(corpus)
    add(corpus, written(tmp_path, "a.txt", files.TEXT))
    own = read_corpus(corpus)
    assert own[:5] == read_corpus()
    assert [article.id for article in own[5:]] == ["a"]
    with pytest.raises(CorpusError, match="corpus already"):
        begin_with_bundled(corpus)


def test_the_same_file_and_the_same_name_are_refused(tmp_path: Path, corpus: Path) -> None:
    add(corpus, written(tmp_path, "a.html", files.HTML))
    add(corpus, written(tmp_path, "b.txt", files.TEXT))
    before = everything(corpus)
    for name, text, reason in (
        ("c.html", files.HTML, "the same file is there already, as a"),
        ("c.txt", files.TEXT, "the same file is there already, as b"),
        ("A.txt", "Başka bir cümle.", "there is an article 'a' already"),
    ):
        with pytest.raises(CorpusError, match=reason):
            add(corpus, written(tmp_path, name, text))
    assert everything(corpus) == before


def test_what_is_removed_is_kept_apart_and_may_be_added_again(tmp_path: Path, corpus: Path) -> None:
    path = written(tmp_path, "a.html", files.HTML)
    add(corpus, path)
    add(corpus, written(tmp_path, "b.txt", files.TEXT))
    (corpus / "translations").mkdir()
    (corpus / "translations" / "a.en.jsonl").write_text("", encoding="utf-8")
    kept = remove(corpus, "a")
    assert sorted(each.name for each in kept.iterdir()) == [
        "a.en.jsonl",
        "a.toml",
        "a.txt",
        "entry.toml",
        "original-a.html",
    ]
    assert [entry.id for entry in read_catalogue(corpus)] == ["b"]
    assert not (corpus / "translations" / "a.en.jsonl").exists()
    add(corpus, path)
    assert remove(corpus, "a").name == "a-2"
    with pytest.raises(CorpusError, match=r"no article 'a' in .*there are: b"):
        remove(corpus, "a")


def test_the_last_article_may_be_removed_and_another_added(tmp_path: Path, corpus: Path) -> None:
    add(corpus, written(tmp_path, "a.txt", files.TEXT))
    remove(corpus, "a")
    assert add(corpus, written(tmp_path, "b.txt", files.TEXT)).entry.id == "b"
    assert [entry.id for entry in read_catalogue(corpus)] == ["b"]


def test_what_others_wrote_into_the_catalogue_stays(tmp_path: Path, corpus: Path) -> None:
    begin_with_bundled(corpus)
    before = (corpus / "catalogue.toml").read_text(encoding="utf-8")
    add(corpus, written(tmp_path, "a.txt", files.TEXT))
    remove(corpus, "a")
    assert (corpus / "catalogue.toml").read_text(encoding="utf-8").strip() == before.strip()


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
def test_a_failure_at_any_file_leaves_the_folder_as_it_was(
    failing: int, tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(corpus, written(tmp_path, "a.txt", files.TEXT))
    before = everything(corpus)
    replace, calls = os.replace, []

    def full(source: object, target: object) -> None:
        calls.append(target)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        replace(source, target)  # type: ignore[call-overload]

    monkeypatch.setattr(folder_module.os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        add(corpus, written(tmp_path, "b.html", files.HTML))
    monkeypatch.undo()
    assert everything(corpus) == before
    assert add(corpus, tmp_path / "b.html").entry.id == "b"


def test_several_at_once_are_all_entered(tmp_path: Path, corpus: Path) -> None:
    paths = [written(tmp_path, f"m{n}.txt", f"{files.FIRST} {n}.\n") for n in range(8)]
    threads = [threading.Thread(target=add, args=(corpus, path)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {article.id for article in read_corpus(corpus)} == {f"m{n}" for n in range(8)}


def test_a_title_of_any_signs_is_read_back_as_it_was(tmp_path: Path, corpus: Path) -> None:
    title = "Bir \"başlık\" \\ ve 'öbürü' \x7f [1921]"
    entry = add(corpus, written(tmp_path, "a.txt", files.TEXT), Metadata(title=title)).entry
    assert read_catalogue(corpus) == (entry,) and entry.title == title
