"""A LocalStack plug-in: more services, and the behaviour that AWS documents for them."""
