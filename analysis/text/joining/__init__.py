"""Ideas joined without a comma in other languages than English: "escuchar y callar", "信任和尊重"."""
