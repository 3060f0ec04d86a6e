"""Cases (办件): one application and its handling under one service version, by the lawful clock."""
