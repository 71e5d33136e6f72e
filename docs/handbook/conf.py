"""The handbook as Sphinx builds it; make_handbook.py calls it with the language and the folder of the pages."""

from smartcity_xl import __version__

project = "smartcity_xl"
author = "The smartcity_xl developers"
project_copyright = f"{author}, MIT"
version = release = __version__
extensions = ["myst_parser"]
exclude_patterns = ["generated/**"]
myst_heading_anchors = 3
html_theme = "furo"
html_show_sphinx = False
html_copy_source = False
html_last_updated_fmt = None
html_css_files = ["handbook.css"]
html_static_path = ["static"]
html_search_options = {"dict": ""}
