"""Who may embed the chat: one list of origins behind frame-ancestors, CORS and the frame's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from app.options import ServerOptions

ANY: Final = "*"
# What a browser sends as the origin of a frame that has none of its own.
OPAQUE: Final = "null"


class EmbedOrigins:
    """The sites that may embed the chat and call the API from a page, as the settings list them."""

    def __init__(self, options: ServerOptions) -> None:
        self.listed: tuple[str, ...] = options.embed_origins
        """The origins as given: none, some, or "*" alone for every site."""
        self.allows_opaque: bool = options.embed_allow_opaque
        """Whether a frame without an origin of its own may ask."""

    @property
    def frame_ancestors(self) -> str:
        """The value of the directive ``frame-ancestors`` for the frame."""
        return " ".join(self.listed) or "'none'"

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may embed and ask: it stands in the list letter by letter.

        An opaque origin ("null") is nobody's, so not even "*" stands for it; see ``allows_opaque``.
        """
        return origin in self.listed or (ANY in self.listed and origin not in ("", OPAQUE))
