"""People, organisations and officers; who acts for whom; what a post may do."""
