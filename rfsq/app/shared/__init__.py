"""What several pages use: the photo strip, links, models, and the store of all that was computed."""
