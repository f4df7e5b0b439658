"""Links, preview pictures, QR codes, where people came from."""
