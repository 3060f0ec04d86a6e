"""The demonstration world: content as data (`services/`, `catalogue.yaml`, ...) and the script that enters it."""
