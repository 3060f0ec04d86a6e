"""The demonstration. A package, so that its world can be loaded once for all of its tests (scope "package")."""
