"""Where the vectors and the word weights of a generation are looked up: in its files, or in a database."""

from index.stores.base import FIELDS, Engine, Field, Scored, Store
from index.stores.engines import engine_of
from index.stores.local import Local, LocalStore

__all__ = ["FIELDS", "Engine", "Field", "Local", "LocalStore", "Scored", "Store", "engine_of"]
