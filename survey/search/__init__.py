"""Finding answers: by the words in them, spelling forgiven, and by what they mean."""
