"""Going back to an older generation, and setting right what killed builders and bad disks leave."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corpus.errors import DipnotError, IndexMissing
from index import generation as store
from index.repair import generations, leftovers, repair, roll_back
from tests.generations import CONTENT, snapshot, spoil, write


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_rolling_back_goes_to_the_generation_before_and_then_to_the_one_before_that(index: Path) -> None:
    first, second, third = (write(index, number) for number in (1, 2, 3))
    assert store.current(index) == third
    assert roll_back(index).id == second == store.current(index)
    assert roll_back(index).id == first == store.current(index)
    before = snapshot(index)
    with pytest.raises(DipnotError, match=rf"^There is no whole generation older than {first} at .*index$"):
        roll_back(index)
    assert snapshot(index) == before


def test_rolling_back_drops_no_generation(index: Path) -> None:
    names = {write(index, number) for number in (1, 2, 3)}
    roll_back(index)
    assert set(store.kept(index)) == names


def test_a_damaged_generation_is_not_gone_back_to(index: Path) -> None:
    first, second, third = (write(index, number) for number in (1, 2, 3))
    spoil(index, second)
    assert roll_back(index).id == first
    spoil(index, first)
    store.point_to(index, third)
    with pytest.raises(DipnotError, match="no whole generation older"):
        roll_back(index)
    assert store.current(index) == third


def test_without_an_index_there_is_nothing_to_go_back_to(index: Path) -> None:
    with pytest.raises(IndexMissing):
        roll_back(index)
    assert not index.exists()


def test_the_generations_are_listed_with_what_is_wrong_with_them(index: Path) -> None:
    first, second = write(index, 1), write(index, 2)
    spoil(index, first)
    newest, oldest = generations(index)
    assert (newest.id, newest.is_current, newest.articles, newest.fault) == (second, True, 2, "")
    assert (oldest.id, oldest.is_current) == (first, False)
    assert oldest.fault == "passages.faiss has changed (sha256)"


def test_a_whole_index_is_not_touched_by_a_repair(index: Path) -> None:
    write(index, 1)
    before = snapshot(index)
    assert repair(index) == []
    assert snapshot(index) == before
    assert repair(index / "nowhere") == []


def test_what_killed_builders_left_is_removed(index: Path) -> None:
    write(index, 1)
    before = snapshot(index)
    (index / "generations" / ".writing-x" / "bm25").mkdir(parents=True)
    (index / "generations" / ".old-x" / "was").mkdir(parents=True)
    (index / ".CURRENT-x").write_text("half")
    left = leftovers(index)
    assert len(left) == 3
    assert repair(index) == [f"removed {path}, which a builder had left" for path in left]
    assert snapshot(index) == before


def test_a_link_among_the_leftovers_is_removed_and_not_what_it_leads_to(index: Path, tmp_path: Path) -> None:
    write(index, 1)
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").write_text("mine")
    (index / "generations" / ".writing-x").symlink_to(other)
    assert len(repair(index)) == 1
    assert (other / "file").read_text() == "mine"


@pytest.mark.parametrize("damage", ["damaged", "CURRENT missing", "CURRENT garbage", "gone"])
def test_current_is_pointed_to_the_newest_whole_generation(index: Path, damage: str) -> None:
    first, second, third, fourth = (write(index, number) for number in (1, 2, 3, 4))
    assert first not in store.kept(index)
    spoil(index, third)
    if damage == "damaged":
        spoil(index, fourth)
    elif damage == "gone":
        (index / "CURRENT").write_text("0123456789abcdef\n")
    elif damage == "CURRENT missing":
        (index / "CURRENT").unlink()
    else:
        (index / "CURRENT").write_bytes(b"\xff")
    (told,) = repair(index)
    wanted = second if damage == "damaged" else fourth
    assert told.startswith(f"made generation {wanted} current, the newest that is whole (")
    assert "dipnot index" not in told and "\n" not in told
    assert store.verified(index)[1].id == wanted
    assert repair(index) == []


def test_where_no_generation_is_whole_nothing_is_pointed_to(index: Path) -> None:
    name = write(index, 1)
    spoil(index, name)
    before = snapshot(index)
    assert repair(index) == []
    assert snapshot(index) == before


def test_a_generation_that_a_killed_builder_had_set_aside_is_put_back(index: Path) -> None:
    name = write(index, 1)
    old = index / "generations" / ".old-x"
    old.mkdir()
    os.replace(store.folder_of(index, name), old / "was")
    assert repair(index) == [f"put generation {name} back, which a builder had set aside"]
    assert {path.name for path in (index / "generations").iterdir()} == {name}
    assert store.verified(index)[1].id == name


@pytest.mark.parametrize("found", ["damaged", "not needed"])
def test_what_was_set_aside_is_not_put_back_where_it_is_of_no_use(index: Path, found: str) -> None:
    name = write(index, 1)
    old = index / "generations" / ".old-x"
    old.mkdir()
    os.replace(store.folder_of(index, name), old / "was")
    if found == "damaged":
        (old / "was" / "articles.json").write_bytes(b"{}")
        write(index, 2)
    else:
        write(index, 1, {**CONTENT, "articles.json": b"[1]"})
    assert repair(index) == [f"removed {old}, which a builder had left"]
    store.verified(index)
