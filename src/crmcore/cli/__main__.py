"""``python -m crmcore.cli`` is the command ``crmcore``."""

from crmcore.cli import main

if __name__ == "__main__":
    main()
