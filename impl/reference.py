"""The default subject: the names that contracts ask for, gathered."""

from impl.attention import attention
from impl.nmt.attention import CausalScaledDotAttention, ScaledDotAttention

__all__ = ["CausalScaledDotAttention", "ScaledDotAttention", "attention"]
