"""``python -m smartcity_xl`` is ``xlscore``."""

from smartcity_xl.cli import main

main()
