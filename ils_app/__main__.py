"""`python -m ils_app VERB`: see `ils_app.commands`."""

import sys

from ils_app import commands

if __name__ == "__main__":
    sys.exit(commands.main(sys.argv[1:]))
