"""The chat in other people's pages: its scripts, the frame, and who may embed it."""
