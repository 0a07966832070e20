"""The Rate–distortion page: what bytes buy, and what other formats do with them."""
