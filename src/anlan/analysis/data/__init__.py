"""Facts of the analysis room with their loaders: kinds of incidents, grades, warning signals. Open to other rooms."""
