"""Facts of the command room with their loader: reporting deadlines. Open to other rooms."""
