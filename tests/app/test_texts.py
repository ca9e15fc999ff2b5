"""The words a user sees."""

import ast
import html
import re
import string
from pathlib import Path

import pytest

import app
from app.answer import Reason, Support
from app.texts import LANGUAGES, negotiate, text, texts
from corpus.article import BLOCK_KINDS

APP = Path(app.__file__).parent
# The tables whose every key is named as it stands; code puts the keys of the others together.
PAGES = ("site.", "chat.", "card.", "reader.", "acts.", "exports.", "pages.", "panel.")


def placeholders(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert texts("tr").keys() == texts("en").keys()


def test_both_languages_have_the_same_placeholders() -> None:
    for key in texts("tr"):
        assert placeholders(texts("tr")[key]) == placeholders(texts("en")[key]), key


def test_no_text_is_empty_or_padded() -> None:
    for language in LANGUAGES:
        for key, value in texts(language).items():
            assert value and value == value.strip(), (language, key)


def test_every_block_kind_support_and_reason_has_a_name() -> None:
    for language in LANGUAGES:
        for kind in BLOCK_KINDS:
            assert text(language, "kind." + kind.replace(" ", "_"))
        for support in Support.__args__:  # type: ignore[attr-defined]
            assert text(language, f"support.{support}")
        for reason in Reason.__args__:  # type: ignore[attr-defined]
            assert text(language, f"decline.{reason}")


def test_every_key_that_code_and_templates_name_exists() -> None:
    named = set()
    tables = "site|chat(?!\\.completion)|card|reader|error|acts|exports|pages|panel"
    for path in [*APP.rglob("*.py"), *APP.rglob("*.html")]:
        source = path.read_text(encoding="utf-8")
        named |= set(re.findall(rf"""["']((?:{tables})\.(?!js|css|html)[a-z_]+)["']""", source))
    assert named
    assert named <= texts("en").keys()
    assert {key for key in texts("en") if key.startswith(PAGES)} - named == set()


def test_values_fill_their_places() -> None:
    assert text("tr", "reader.page", page=8) == "s. 8"
    assert text("en", "reader.page", page=8) == "p. 8"


@pytest.mark.parametrize(("language", "key"), [("tr", "chat.nothing"), ("de", "chat.ask")])
def test_an_unknown_key_or_language_is_refused(language: str, key: str) -> None:
    with pytest.raises(KeyError):
        text(language, key)


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [
        ("", "", "tr"),
        ("", "tr-TR,tr;q=0.9,en;q=0.8", "tr"),
        ("", "en-US,en;q=0.9", "en"),
        ("", "en;q=0.4, tr;q=0.6", "tr"),
        ("", "de", "en"),
        ("", "tr;q=0, en;q=0.1", "en"),
        ("", "tr;q=lots", "en"),
        ("en", "tr", "en"),
        ("klingon", "tr", "tr"),
    ],
)
def test_the_language_of_a_page_is_the_wanted_one_or_the_reader_s(
    wanted: str, accepted: str, language: str
) -> None:
    assert negotiate(wanted, accepted) == language


TEMPLATE_CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<style.*?</style>", re.DOTALL)
SPOKEN = ("aria-label", "title", "placeholder", "alt")


@pytest.mark.parametrize("path", sorted(APP.rglob("*.html")), ids=lambda path: path.name)
def test_no_word_stands_in_a_template(path: Path) -> None:
    source = TEMPLATE_CODE.sub("", path.read_text(encoding="utf-8"))
    shown = html.unescape(re.sub(r"<[^>]*>", " ", source))
    # What is followed by "=" is a part of an address.
    assert re.findall(r"\b[^\W\d_]{2,}\b(?!=)", shown) == []
    for name in SPOKEN:
        assert not re.search(rf'\s{name}="[^"]*[^\W\d_]{{2,}}', source), name


# What Gradio's components take that nobody reads.
UNREAD = {"elem_id", "elem_classes", "variant", "size", "value", "visible", "path", "concurrency_id"}


def test_no_word_of_the_page_stands_in_its_code() -> None:
    tree = ast.parse((APP / "chat.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = [
        call
        for call in calls
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "gr"
    ]
    assert len(made) > 15
    for call in made:
        given = [*call.args, *(word.value for word in call.keywords if word.arg not in UNREAD)]
        words = [
            value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)
        ]
        assert words == [], ast.unparse(call)[:80]


def test_no_turkish_word_stands_in_code() -> None:
    for path in APP.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                assert not re.search(r"[çğışöüÇĞİŞÖÜ]\w*\s+\w+", node.value), (path.name, node.value)


@pytest.mark.parametrize("path", sorted((APP / "static").glob("*.js")), ids=lambda path: path.name)
def test_no_sentence_stands_in_a_script(path: Path) -> None:
    source = re.sub(
        r"/\*.*?\*/|^\s*//.*$|\s//\s.*$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.M
    )
    assert re.findall(r"""textContent = ["'`][^"'`]*[^\W\d_]{2,}""", source) == []
