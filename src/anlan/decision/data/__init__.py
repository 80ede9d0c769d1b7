"""Facts of the decision room with their loader: the shipped plans. Open to other rooms."""
