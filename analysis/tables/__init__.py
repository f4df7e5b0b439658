"""Turn the rows of a table into answers: where the table lies, what its columns are, what each row holds."""
