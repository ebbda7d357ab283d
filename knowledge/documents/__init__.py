"""Files in, documents out: one reader per format, each giving the same pieces."""

from knowledge.pieces import Unreadable
from knowledge.reading import read

__all__ = ["Unreadable", "read"]
