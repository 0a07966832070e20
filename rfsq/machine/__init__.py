"""What computes and where files end up: devices, processes that work together, files written whole."""
