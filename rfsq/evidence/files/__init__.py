"""Files weighed beside JPEG, WebP and AVIF: curves of size and quality, over the test photos and photo by photo."""
