"""Every write of the provider: the directory of applications, consents, sign-ins and their tokens."""
