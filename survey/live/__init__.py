"""A survey on a screen in the room: what the screen shows, and the presenter's page that steers it."""
