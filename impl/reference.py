"""The default subject: the names that contracts ask for, gathered."""

from impl.attention import attention
from impl.nmt.attention import CausalScaledDotAttention, ScaledDotAttention
from impl.nmt.course import translate, translate_with_encoder
from impl.nmt.model import DecoderOnlyTransformer, TransformerDecoder, TransformerEncoder, sinusoidal_encodings
from impl.nmt.pig_latin import pig_latin
from impl.nmt.tensors import generate_tensors_for_training_decoder_nmt, target_loss
from impl.scaling.counts import find_hidden, find_tokens, transformer_flops, transformer_params
from impl.scaling.fits import find_optimal_params, fit_linear_log

__all__ = [
    "CausalScaledDotAttention",
    "DecoderOnlyTransformer",
    "ScaledDotAttention",
    "TransformerDecoder",
    "TransformerEncoder",
    "attention",
    "find_hidden",
    "find_optimal_params",
    "find_tokens",
    "fit_linear_log",
    "generate_tensors_for_training_decoder_nmt",
    "pig_latin",
    "sinusoidal_encodings",
    "target_loss",
    "transformer_flops",
    "transformer_params",
    "translate",
    "translate_with_encoder",
]
