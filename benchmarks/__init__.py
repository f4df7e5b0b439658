"""What the themes are measured by; `make bench` runs it. Not part of the site."""
