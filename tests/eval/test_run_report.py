"""The report: what it says, that nothing in it is injected, and that it asks for nothing."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from corpus.errors import DipnotError
from eval.definitions import ANSWERS, REFUSAL, RETRIEVAL
from eval.figures import METRICS
from eval.report import changed_settings, escape_markdown, write_report
from tests.runs import QUOTE, answer, question, row, run, silence

ATTACK = '</p><script>alert("1")</script><img src="https://x.example/y.png" onerror="alert(2)">'
RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def some_run():
    wrong, declined, absent = question("0-tr-2"), question("0-en-3"), question("0-tr-4", type="absent")
    follow_up = question("0-tr-5", type="follow-up", history=["Antlaşma nerede imzalandı?"])
    return run(
        [
            row(question("0-tr-1")),
            row(
                wrong,
                answer(wrong, text="Belki 1922'de. [1]"),
                right=0.0,
                holds_facts=0.0,
                mrr_10=1 / 3,
                confidence=0.91,
            ),
            row(declined, silence(declined), mrr_10=1.0),
            row(absent, answer(absent)),
            row(follow_up, right=0.0, in_language=0.0),
        ]
    )


def attacked_run():
    """Every text of a run that somebody else wrote holds HTML."""
    asked = question(
        "0-tr-1",
        question=ATTACK,
        answer=ATTACK,
        history=[ATTACK],
        must=[[ATTACK], ["1921"]],
        must_not=["alert"],
        evidence=[{"article": ATTACK, "quote": ATTACK}],
    )
    plain = answer(asked)
    cited = plain.citations[0].model_copy(
        update={"quote": ATTACK, "translation": ATTACK, "title": ATTACK, "section": ATTACK, "article": ATTACK}
    )
    said = plain.model_copy(update={"text": f"alert {ATTACK}", "citations": [cited]})
    return run(
        [row(asked, said, right=0.0, holds_facts=0.0, timings={ATTACK: 3.0})],
        machine=ATTACK,
        settings={ATTACK: ATTACK},
        versions={ATTACK: ATTACK},
    )


def written(made, folder) -> dict[str, str]:
    return {path.suffix: path.read_text(encoding="utf-8") for path in write_report(made, folder, "a run")}


class Page(HTMLParser):
    """The elements of a page with their attributes and the text directly in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[list[str]] = [[]]
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        words: list[str] = []
        self.elements.append((tag, dict(attrs), words))
        if tag not in ("meta", "link", "path", "use", "rect", "img"):
            self._open.append(words)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag):
        if tag not in ("path", "use", "rect"):
            self._open.pop()

    def handle_data(self, data):
        self._open[-1].append(data)

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, "".join(words)) for name, attributes, words in self.elements if name == tag]

    def text(self) -> str:
        return " ".join(
            " ".join("".join(words).split()) for name, _, words in self.elements if name != "style"
        )


def test_a_report_is_a_page_and_a_text_in_a_folder_that_is_made(tmp_path):
    folder = tmp_path / "new" / "reports"
    paths = write_report(some_run(), folder, "dev.2")
    assert sorted(paths) == sorted(folder.iterdir()) == [folder / "dev.2.html", folder / "dev.2.md"]
    assert "dev.2.html" in (folder / "dev.2.md").read_text(encoding="utf-8")


def test_the_same_run_gives_the_same_report(tmp_path):
    assert written(some_run(), tmp_path / "a") == written(some_run(), tmp_path / "b")


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DipnotError, match=r"cannot be written to .*file"):
        write_report(some_run(), tmp_path / "file", "dev")


def test_both_say_what_was_run(tmp_path):
    made = run([row(question("0-tr-1"))], commit="0123456789ab+")
    for text in written(made, tmp_path).values():
        for fact in (
            "dipnot 0.1.0",
            "0123456789ab, with changes that were not committed",
            "1, split dev",
            "1111222233334444",
            f"bundled, sha256 {'e' * 64}",
            "c" * 64,
            "9" * 64,
            "python 3.11.7, dipnot 0.1.0",
            "a machine, 2 cores",
            "2026-01-02T03:04:05+00:00",
            "All settings are the defaults",
        ):
            assert fact in text


def test_both_hold_the_tables_with_their_numbers(tmp_path):
    made = some_run()
    texts = written(made, tmp_path)
    # Of four answerable questions one is right; of two declined or to be declined none was rightly.
    # Resampled, four questions hold the right one not at all in (3/4)^4 and three times or more in 5 %.
    assert "| answers right | 4 | 0.250 [0.00, 0.75] |" in texts[".md"]
    page = Page(texts[".html"])
    cells = [text for tag in ("th", "td") for _, text in page.all(tag)]
    assert "0.250 [0.00, 0.75]" in cells
    assert {"recall@5", "refusal F1", "follow-up", "absent", "search"} <= set(cells)
    assert ({"scope": "row"}, "answers right") in page.all("th")
    assert {attributes["scope"] for attributes, _ in page.all("th")} == {"row", "col"}
    assert "refusal recall" in texts[".md"]


def test_every_metric_is_explained(tmp_path):
    terms = {re.sub("^recall@.*", "recall@k", metric.title) for metric in METRICS}
    assert terms == {*RETRIEVAL, *ANSWERS, *REFUSAL}
    texts = written(some_run(), tmp_path)
    assert {text for _, text in Page(texts[".html"]).all("dt")} >= terms
    assert all(f"- *{term}*: " in texts[".md"] for term in terms)


def test_settings_that_are_not_the_defaults_are_named(monkeypatch):
    plain = run([row(question("0-tr-1"))])
    assert changed_settings(plain.header).rows == ()
    changed = plain.header.model_copy(
        update={
            "settings": {
                **plain.header.settings,
                "model": "another",
                "search": {**plain.header.settings["search"], "depth": 7},
                "gone": 1,
            }
        }
    )
    # What is set here and now is not what a default is.
    monkeypatch.setenv("DIPNOT_SEARCH__DEPTH", "7")
    default = str(plain.header.settings["search"]["depth"])
    assert changed_settings(changed).rows == (
        ("search.depth", "7", default),
        ("gone", "1", "no such setting"),
    )


def test_settings_that_came_later_are_named():
    header = run([row(question("0-tr-1"))]).header.model_copy(update={"settings": {}})
    assert all(own == "not set" for _, own, _ in changed_settings(header).rows)
    assert changed_settings(header).rows


def test_the_worst_answers_are_shown_with_what_was_wanted(tmp_path):
    texts = written(some_run(), tmp_path)
    page = Page(texts[".html"])
    titles = [name for name in re.findall(r"\d-\w\w-\d: Antlaşma", " ".join(t for _, t in page.all("span")))]
    assert titles == [f"{name}: Antlaşma" for name in ("0-tr-2", "0-tr-4", "0-en-3", "0-tr-5")]
    in_text = re.findall(r"^### (\d\. \S+):", texts[".md"], re.MULTILINE)
    assert in_text == ["1. 0-tr-2", "2. 0-tr-4", "3. 0-en-3", "4. 0-tr-5"]
    for text in (page.text(), texts[".md"]):
        first, second, third, fourth = re.split(r"0-\w\w-\d: Antlaşma ne zaman", text)[1:]
        assert "wrong: 1 of 1 facts missing" in first
        assert "confidence: 0.910" in first
        assert "first relevant hit: rank 3, 004-p003" in first
        assert "Belki 1922'de. [1]" in first
        assert "article 004, page 8, lines 346–348" in first
        assert "16 Mart 1921'de." in first
        assert QUOTE in first
        assert "Asked before" not in first
        assert "the articles hold none" in second
        assert "Makalelerde bulunamadı." in third
        assert "not_in_corpus" in third
        assert "rank 1" in third
        assert "Antlaşma nerede imzalandı?" in fourth
    assert "- 16 Mart 1921 / 16 March 1921\n" in texts[".md"]


def test_what_an_answer_must_not_say_is_shown(tmp_path):
    asked = question("0-tr-1", must_not=["1922"])
    made = run([row(asked, answer(asked, text="16 Mart 1921, 1922 [1]"), right=0.0, holds_facts=0.0)])
    texts = written(made, tmp_path)
    assert ({"lang": "tr"}, "1922") in Page(texts[".html"]).all("li")
    assert "Said, and must not be:\n\n- 1922\n" in texts[".md"]


def test_texts_carry_their_language(tmp_path):
    page = Page(written(some_run(), tmp_path)[".html"])
    assert page.all("html")[0][0]["lang"] == "en"
    spans = {text: attributes.get("lang") for attributes, text in page.all("span")}
    assert spans["0-tr-2: Antlaşma ne zaman imzalandı?"] == "tr"
    assert spans["0-en-3: Antlaşma ne zaman imzalandı?"] == "en"
    assert ({"lang": "tr"}, "Belki 1922'de. [1]") in page.all("p")
    assert ({"lang": "en"}, "16 Mart 1921'de.") in page.all("p")
    assert ({"lang": "tr"}, QUOTE) in page.all("p")
    assert ({"lang": "tr"}, "Moskova Antlaşması'nın Değerlendirilmesi") in page.all("cite")


def test_nothing_of_a_run_becomes_html(tmp_path):
    texts = written(attacked_run(), tmp_path)
    page = Page(texts[".html"])
    # Question, answer, history, must, evidence, its article, quote, translation, title, section, article,
    # machine twice, a version and its name, a setting and its name, the stage.
    assert page.text().count(ATTACK) >= 18
    assert not {"script", "img", "iframe", "object"} & {name for name, _, _ in page.elements}
    assert not [name for _, attributes, _ in page.elements for name in attributes if name.startswith("on")]
    for rendered in (RENDERER.render(texts[".md"]), texts[".md"]):
        assert "<script" not in rendered
        assert "<img" not in rendered
    assert RENDERER.render(texts[".md"]).count("alert(&quot;1&quot;)") >= 17


def test_the_page_asks_for_nothing_and_runs_nothing(tmp_path):
    text = written(some_run(), tmp_path)[".html"]
    page = Page(text)
    loading = {"src", "srcset", "href", "xlink:href", "action", "data", "poster", "background", "ping"}
    ids = {attributes["id"] for _, attributes, _ in page.elements if "id" in attributes}
    references = {
        value for _, attributes, _ in page.elements for name, value in attributes.items() if name in loading
    }
    assert {str(one).removeprefix("#") for one in references} - ids == {"data:,"}
    assert set(re.findall(r"url\((.)", text)) == {"#"}
    assert "@import" not in text
    assert "<script" not in text
    namespaces = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert set(re.findall(r"https?://[^\s\"']+", text)) == namespaces
    policies = [a["content"] for a, _ in page.all("meta") if "http-equiv" in a]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_every_plot_has_a_label_and_every_id_is_unique(tmp_path):
    page = Page(written(some_run(), tmp_path)[".html"])
    plots = [attributes for attributes, _ in page.all("svg")]
    assert len(plots) == 5
    assert all(plot["role"] == "img" and plot["aria-label"] for plot in plots)
    ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {a["aria-labelledby"] for _, a, _ in page.elements if "aria-labelledby" in a}
    assert labelled <= set(ids)


def test_a_run_without_times_or_without_questions_to_decline_is_reported(tmp_path):
    texts = written(run([row(question("0-tr-1"), timings={})]), tmp_path)
    page = Page(texts[".html"])
    assert len(page.all("svg")) == 3
    for text in (page.text(), texts[".md"]):
        assert "No times were recorded." in text
        assert "Nothing went wrong." in text
    assert "Refusal by type: no question of this run must be declined." in page.text()
    assert "| refusal recall | 1 | – | – |" in texts[".md"]


def test_a_run_of_nothing_but_questions_to_decline_is_reported(tmp_path):
    texts = written(run([row(question("0-en-1", type="off topic"))]), tmp_path)
    page = Page(texts[".html"])
    assert len(page.all("svg")) == 2
    for nothing in ("Recall: No question", "no question was answered", "Answers right by type: No question"):
        assert nothing in page.text()
    assert "| refusal recall | 1 | 1.000 [1.00, 1.00] | 1.000 [1.00, 1.00] |" in texts[".md"]
    assert "| recall@5 | 0 | – | – |" in texts[".md"]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Antlaşma 16.3.1921'de (Moskova) imzalandı. [1]", "Antlaşma 16.3.1921'de (Moskova) imzalandı. [1]"),
        ("1. madde", "1\\. madde"),
        ("[a](b)", "[a\\](b)"),
        ("rrf_k _x_", "rrf_k \\_x\\_"),
        ("a\n| b", "a \\| b"),
        ("<b> & c", "&lt;b> &amp; c"),
    ],
)
def test_markdown_is_escaped_where_it_would_mean_something(text, escaped):
    assert escape_markdown(text) == escaped


@given(st.text(st.sampled_from('aç1. -+*_`~#>=|!$[]()<>&;:/\\"\n'), max_size=25))
@settings(max_examples=300, deadline=None)
def test_markdown_shows_any_text_as_it_is(text):
    shown = " ".join(text.split())
    expected = html.escape(shown)
    assert RENDERER.render(escape_markdown(text)).strip() == (f"<p>{expected}</p>" if shown else "")
    assert RENDERER.render(f"### {escape_markdown(text)}") == f"<h3>{expected}</h3>\n"
    rendered = RENDERER.render(f"| x |\n| --- |\n| {escape_markdown(text)} |\n")
    assert (f"<td>{expected}</td>" in rendered) or not shown
