"""The terms of each document, as databases are given them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical import Lexical
from index.stores.contents import term_rows

DOCUMENTS = [["mosko", "antla", "1921"], [], ["antla", "antla", "gümrü"], ["petro"]]


def dense(lexical):
    """The same from term_rows, one row a document, one column a term."""
    starts, terms, weights = term_rows(lexical)
    rows = np.zeros((len(lexical), max(lexical.terms.values()) + 1), np.float32)
    for i in range(len(lexical)):
        rows[i, terms[starts[i] : starts[i + 1]]] = weights[starts[i] : starts[i + 1]]
    return rows


def test_each_document_holds_its_own_terms():
    lexical = Lexical.build(DOCUMENTS)
    names = {number: term for term, number in lexical.terms.items()}
    starts, terms, _ = term_rows(lexical)
    held = [{names[n] for n in terms[starts[i] : starts[i + 1]]} for i in range(len(DOCUMENTS))]
    assert held == [{"mosko", "antla", "1921"}, set(), {"antla", "gümrü"}, {"petro"}]


def test_the_types_are_those_a_database_is_given():
    assert [array.dtype for array in term_rows(Lexical.build(DOCUMENTS))] == [np.int64, np.int64, np.float32]


def test_an_index_of_one_document_without_a_word_has_no_terms():
    starts, terms, weights = term_rows(Lexical.build([[]]))
    assert (starts.tolist(), terms.tolist(), weights.tolist()) == ([0, 0], [], [])


def test_an_index_read_from_disk_has_the_same_rows(tmp_path):
    lexical = Lexical.build(DOCUMENTS)
    lexical.save(tmp_path / "bm25")
    for read, built in zip(term_rows(Lexical.load(tmp_path / "bm25")), term_rows(lexical), strict=True):
        assert read.tolist() == built.tolist()


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@given(st.lists(st.lists(st.sampled_from(["ışık", "isik", "kars", "a", "b", "c"])), min_size=1, max_size=20))
def test_the_rows_say_what_the_index_says(documents):
    lexical = Lexical.build(documents)
    starts, terms, weights = term_rows(lexical)
    rows = dense(lexical)
    for term, number in lexical.terms.items():
        if term:
            assert rows[:, number].tolist() == lexical.scores([term]).tolist()
    assert (weights > 0).all()
    assert len(starts) == len(documents) + 1
    assert all((np.diff(terms[starts[i] : starts[i + 1]]) > 0).all() for i in range(len(documents)))
