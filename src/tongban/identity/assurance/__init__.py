"""How surely it is known who somebody is: verifications by sources, the level that follows, stepping up."""
