"""Pages and protocol: what a browser sees of the graph; holds no rule of its own."""
