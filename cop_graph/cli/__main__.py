"""``python -m cop_graph.cli``."""

from cop_graph.cli import main

if __name__ == "__main__":
    main()
