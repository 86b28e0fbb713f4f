"""The drift matrix: what another client can change, and what a look for drift must say of it."""
