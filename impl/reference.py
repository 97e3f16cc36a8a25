"""The default subject: every contract's name, gathered from where it is implemented."""

from impl.nmt.attention import CausalScaledDotAttention, ScaledDotAttention

__all__ = ["CausalScaledDotAttention", "ScaledDotAttention"]
