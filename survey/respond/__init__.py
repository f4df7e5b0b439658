"""The respondent: the form, the thank-you, own answers."""
