"""Settings of the Moodle stack as tests need them."""

import re


def unprotect(stack, workspace):
    """Settings without the protection of what must not be lost."""
    settings = stack / f"{workspace}.tfvars"
    kept = [line for line in settings.read_text().splitlines() if not re.match(r"\s*(deletion_protection|load_balancer_deletion_protection|erasable)\s*=", line)]
    text = "\n".join(kept).replace("database = {", "database = {\n  deletion_protection = false", 1)
    # Production refuses to be erasable: its buckets have to be empty instead.
    erasable = "" if workspace == "production" else "erasable = true\n"
    settings.write_text(text + "\nload_balancer_deletion_protection = false\n" + erasable)
