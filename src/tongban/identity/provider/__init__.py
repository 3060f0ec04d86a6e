"""The OpenID Connect provider: one sign-in for the systems of all departments, and the directory of these."""
