"""Alembic's steps. They are frozen: they name columns themselves and import no model."""
