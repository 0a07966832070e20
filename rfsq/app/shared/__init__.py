"""What several pages use: the photo, links, caches, models of a viewer, `.rfsq` files."""
