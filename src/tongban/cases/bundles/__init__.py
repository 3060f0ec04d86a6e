"""One thing at once (一件事): several services of several agencies as one, described by data. Nothing here reads the
database: a bundle, the services that stand behind it and the state of its parts are arguments.
"""
