"""The default subject: the names that contracts ask for, gathered.

Edges:   what needs transformers, which takes seconds to import, is imported when it is asked for.
"""

from typing import TYPE_CHECKING, Any

from impl.attention import attention
from impl.bert.arithmetic import verbal_arithmetic
from impl.bert.what_is import what_is
from impl.clip.retrieval import (
    classify_images,
    compare_images,
    contrastive_loss,
    rank_images,
    retrieve_images,
    similarity_matrix,
    zero_shot_probabilities,
)
from impl.nmt.attention import CausalScaledDotAttention, ScaledDotAttention
from impl.nmt.course import translate, translate_with_encoder
from impl.nmt.model import DecoderOnlyTransformer, TransformerDecoder, TransformerEncoder, sinusoidal_encodings
from impl.nmt.pig_latin import pig_latin
from impl.nmt.tensors import generate_tensors_for_training_decoder_nmt, target_loss
from impl.scaling.counts import find_hidden, find_tokens, transformer_flops, transformer_params
from impl.scaling.fits import find_optimal_params, fit_linear_log

caption = "three clownfish in a sea anemone"
"""Question 5.2: what figure 11 shows. Whether it finds it, weights and the course's pictures say: `specimen check --weights`."""

if TYPE_CHECKING:
    from impl.bert.model import BertForSentenceClassification

__all__ = [
    "BertForSentenceClassification",
    "CausalScaledDotAttention",
    "DecoderOnlyTransformer",
    "ScaledDotAttention",
    "TransformerDecoder",
    "TransformerEncoder",
    "attention",
    "caption",
    "classify_images",
    "compare_images",
    "contrastive_loss",
    "find_hidden",
    "find_optimal_params",
    "find_tokens",
    "fit_linear_log",
    "generate_tensors_for_training_decoder_nmt",
    "pig_latin",
    "rank_images",
    "retrieve_images",
    "similarity_matrix",
    "sinusoidal_encodings",
    "target_loss",
    "transformer_flops",
    "transformer_params",
    "translate",
    "translate_with_encoder",
    "verbal_arithmetic",
    "what_is",
    "zero_shot_probabilities",
]


def __getattr__(name: str) -> Any:
    if name != "BertForSentenceClassification":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from impl.bert import model

    return model.BertForSentenceClassification
