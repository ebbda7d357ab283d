"""The only folder that knows SQL: models, migrations, queries (one noun a file), sealed columns."""
