"""One module per file format: bytes → Raster, the samples as the file means them."""
