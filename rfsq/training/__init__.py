"""Training: photos in (`data`), losses (`losses`), the loop (`loop`), its saved state (`state`)."""
