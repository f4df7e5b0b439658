"""Mail that the site sends: the outbox, and the way of a mail to an SMTP server."""
