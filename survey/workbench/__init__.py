"""The workbench: the pages on which an owner edits themes and the ideas in them."""
