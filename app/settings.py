"""Settings: environment variables ``DIPNOT_…`` and ``dipnot.toml`` in the working folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from app.options import ServerOptions
from app.readers import OFF, ReadingSettings
from app.refusal import RefusalSettings
from corpus.catalogue import PACKAGED
from corpus.errors import DipnotError
from corpus.text import lower
from index.model import default_name
from index.settings import SearchSettings

# Variables are read whatever the case of their letters.
_PREFIX: Final = "dipnot_"
# DIPNOT_SEARCH__RRF_K is [search] rrf_k.
_NESTED: Final = "__"


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dipnot"


class Settings(ServerOptions, BaseSettings):
    """What can be set; unknown keys are refused."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter=_NESTED, toml_file="dipnot.toml", extra="forbid"
    )

    corpus_dir: Path = PACKAGED
    index_dir: Path = Path(".dipnot/index")
    # Where vectors and words are looked up: "" for the files of the index, else a database,
    # milvus://host:19530/database or postgresql://user@host:5432/database.
    store: str = ""
    # Its password, or token; kept out of the address, which stands in messages.
    store_key: SecretStr | None = None
    cache_dir: Path = Field(default_factory=_user_cache)
    model: str = Field(default_factory=default_name)
    allow_download: bool = False
    # What reads the best sentences and judges whether they answer: "off", a folder or a hub name.
    reader: str = OFF
    reading: ReadingSettings = ReadingSettings()
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65535)
    search: SearchSettings = SearchSettings()
    refusal: RefusalSettings = RefusalSettings()
    # Who translates a new article: "transformers:" and a seq2seq model, "generator" for the one below, or an
    # OpenAI-compatible endpoint.
    translator: str = ""
    translator_prefix: str = ""
    translator_url: str = ""
    translator_model: str = ""
    translator_key: SecretStr | None = None
    translator_timeout: float = Field(default=60.0, gt=0)
    # What may write a draft of an answer: "none", "transformers:" and a chat model, or "openai", an endpoint.
    generator: str = ""
    generator_url: str = ""
    generator_model: str = ""
    generator_key: SecretStr | None = None
    generator_seconds: float = Field(default=30.0, gt=0, le=600)
    generator_tokens: int = Field(default=400, ge=1, le=8192)
    generator_seed: int = Field(default=0, ge=0, lt=2**32)
    generator_temperature: float = Field(default=0.0, ge=0, le=2)
    # Whether it puts questions that lean on earlier ones into words of its own before they are searched for.
    # Off, since each costs a draft before the search, and the rules answer most of them without.
    generator_rewrites: bool = False
    # A model trained for inference (NLI) that judges what a generator has written, beside the rules.
    entailment_model: str = ""
    # What readers say of answers, and for how many days it is kept; 0: nothing is.
    feedback_file: Path = Path(".dipnot/feedback.sqlite3")
    feedback_days: int = Field(default=365, ge=0, le=36_500)

    @property
    def store_password(self) -> str | None:
        """What ``store_key`` hides."""
        return self.store_key.get_secret_value() if self.store_key else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then dipnot.toml."""
        return init_settings, _Environment(settings_cls), TomlConfigSettingsSource(settings_cls)


class _Environment(EnvSettingsSource):
    """The environment; variables with our prefix that no setting has are handed on, to be refused."""

    def __call__(self) -> dict[str, Any]:
        ours = [name for name in os.environ if lower(name, "en").startswith(_PREFIX)]
        known = {f"{_PREFIX}{field}" for field in self.settings_cls.model_fields}
        return {**super().__call__(), **{name: "" for name in ours if _top(name) not in known}}


def _top(variable: str) -> str:
    """The setting that an environment variable belongs to: DIPNOT_SEARCH__RRF_K → dipnot_search."""
    return lower(variable, "en").partition(_NESTED)[0]


def read_settings(given: dict[str, object] | None = None) -> Settings:
    """Read the settings, with those ``given`` on top; raises DipnotError that names the wrong one."""
    try:
        return Settings(**(given or {}))  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise DipnotError(f"Setting {name!r}: {message} (from DIPNOT_… or dipnot.toml)") from error
    except ValueError as error:
        raise DipnotError(f"dipnot.toml cannot be read: {error}") from error
