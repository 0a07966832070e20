"""What does a picture cost in bytes? `.rfsq` files, their entropy coder, and the formats of others."""
