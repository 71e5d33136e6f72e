"""``python -m smartcity_xl`` is ``xlscore``."""

from smartcity_xl.cli import main

if __name__ == "__main__":  # a process that is spawned beside this one loads this file too
    main()
