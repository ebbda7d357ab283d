"""A fictional school to try everything with: people, notices, items and what has been done so far."""

from bot.sample.loading import load
from bot.sample.school import Persona, Progress, SampleSchool

__all__ = ["Persona", "Progress", "SampleSchool", "load"]
