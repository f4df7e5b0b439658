"""Take the data away: files, the API, the page as a file."""
