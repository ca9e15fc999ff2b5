"""docs/api.md, made from the description of the interface: ``python -m app.api.page``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from app.api.problem import STATUSES
from corpus.text import lower

PAGE: Final = Path(__file__).parents[2] / "docs" / "api.md"
_START: Final = """# The interface for programs

Made from the server's own description, `/openapi.json`, by `python -m app.api.page`; a test compares the two.
"""
_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_METHODS: Final = {"get": "GET", "post": "POST"}
_FIRST_FAILURE: Final = 400
_OTHERS: Final = "Pages and other addresses"


def page(description: Mapping[str, Any]) -> str:
    """Return the description as Markdown: the operations by tag, then what they take and give."""
    lines = [_START, description["info"]["description"], "", "| status | what it says |", "|---|---|"]
    lines += [f"| {status} | {told} |" for status, (_, told) in STATUSES.items()] + [""]
    by_tag: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            by_tag.setdefault((operation.get("tags") or [_OTHERS])[0], []).append((method, path, operation))
    for tag in sorted(by_tag, key=lambda tag: tag == _OTHERS):
        lines += [f"## {tag}", ""]
        for method, path, operation in by_tag[tag]:
            lines += _operation(method, path, operation)
    lines += ["## What is sent and received", ""]
    for name, schema in sorted(description["components"]["schemas"].items()):
        lines += _schema(name, schema)
    return "\n".join(lines).rstrip() + "\n"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    # Methods stand in capitals, as the protocol writes them.
    yield from (f"### `{_METHODS[method]} {path}`", "")
    told = operation.get("description") or operation.get("summary", "")
    if told:
        yield from (told.strip(), "")
    parameters = operation.get("parameters", [])
    if parameters:
        yield from ("| parameter | in | type | |", "|---|---|---|---|")
        for each in parameters:
            schema = each["schema"]
            what = [each.get("description") or schema.get("description", "")]
            if not each.get("required"):
                what.append(f"Default: {_code(schema.get('default', ''))}.")
            yield f"| `{each['name']}` | {each['in']} | {_type(schema)} | {' '.join(filter(None, what))} |"
        yield ""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield from (f"Takes {_type(content['schema'])} as `{kind}`.", "")
    failures = []
    for status, response in operation["responses"].items():
        if int(status) < _FIRST_FAILURE:
            yield from (f"Gives {_given(response) or 'nothing'} ({status}).", "")
        else:
            own = "" if _given(response) == _type(_PROBLEM) else f" ({_given(response)})"
            failures.append(f"{status}{own}")
    yield from (f"Fails with {', '.join(failures)}.", "")


def _given(response: Mapping[str, Any]) -> str:
    """What a response carries: "`Answer`", "`text/html`"."""
    found = []
    for kind, content in response.get("content", {}).items():
        type_ = _type(content.get("schema", {}))
        found.append(type_ if kind == "application/json" and type_ else f"`{kind}`")
    return ", ".join(found)


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"### {name}", "")
    if schema.get("description"):
        yield from (schema["description"].strip(), "")
    fields = schema.get("properties", {})
    if fields:
        yield from ("| field | type | |", "|---|---|---|")
        for field, each in fields.items():
            what = [each.get("description", "")]
            if field not in schema.get("required", []) and "default" in each:
                what.append(f"Default: {_code(each['default'])}.")
            yield f"| `{field}` | {_type(each)} | {_cell(' '.join(filter(None, what)))} |"
        yield ""
    elif "enum" in schema:
        yield from (_type(schema), "")


def _type(schema: Mapping[str, Any]) -> str:
    """A type in words: "string", "list of Claim", "\"tr\" or \"en\"", "integer or null"."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{lower(name, 'en')})"
    if "const" in schema:
        return _code(schema["const"])
    if "enum" in schema:
        return ", ".join(_code(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    kind = str(schema.get("type", ""))
    if kind == "array":
        inner: Mapping[str, Any] = schema.get("items") or next(iter(schema.get("prefixItems", [])), {})
        size = f"{schema['minItems']} " if schema.get("minItems") == schema.get("maxItems", 0) else ""
        return f"list of {size}{_type(inner)}".rstrip()
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return kind


def _code(value: object) -> str:
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write docs/api.md anew from an application over the current index."""
    from app.assistant import Assistant
    from app.options import ServerOptions
    from app.server import create_app
    from app.settings import Settings
    from index.model import resolve

    settings = Settings()
    assistant = Assistant.load(settings.index_dir, resolve(settings.model, settings.cache_dir))
    app = create_app(assistant, options=ServerOptions())
    PAGE.write_text(page(app.openapi()), encoding="utf-8")


if __name__ == "__main__":
    main()
