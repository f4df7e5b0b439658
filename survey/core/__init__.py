"""Settings, database, tables, languages."""
