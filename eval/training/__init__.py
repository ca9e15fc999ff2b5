"""Learning to read: what is taught, and how."""
