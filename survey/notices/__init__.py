"""Mails that tell people what happens in their surveys: whom, of what, in which language, and how it ends."""
