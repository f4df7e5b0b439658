"""Start the site and its worker; commands; the demo."""
