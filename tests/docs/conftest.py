"""What checks are forked from."""

from tests.lent import lent_zygote

__all__ = ["lent_zygote"]
