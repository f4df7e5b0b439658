"""What a run reads from the database, and what it saves there."""
