"""What the observatory says when a study cannot be done as written."""


class StudyError(Exception):
    """One clear sentence for the person who wrote the study: where, what was given, what is expected."""
