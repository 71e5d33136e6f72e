"""One file for each command; a folder is a command that holds others.

The name of a command is that of its file (``make_templates.py`` is ``make-templates``; one that Python keeps for itself
gets an underscore behind it). A file declares ``PARAMETERS``, what the command takes in the order of its help page, and
``run``, which is called with the speaker and what was given, and gives the exit code. What the command does and an
example of it stand in ``messages/cli.toml`` under its name (``make_templates``, ``catalog_list``) and the same with
``_example``. Nothing else needs to know of it.

Whatever a run needs is imported inside ``run``, so that every page of help is quick.
"""
