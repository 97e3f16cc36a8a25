"""What has a contract: programmed items of the handout, what they are built of, and the attention kernel."""

from spec.contracts import (
    attention,
    causal_scaled_dot_attention,
    counts,
    decoder_only_transformer,
    decoder_tensors,
    linear_log,
    optimal_params,
    pig_latin,
    scaled_dot_attention,
    sentence_classifier,
    sinusoidal_encodings,
    target_loss,
    transformer_decoder,
    transformer_encoder,
    translate,
    verbal_arithmetic,
    what_is,
)
from spec.contracts.contract import Case, Contract

ScaledDotAttention = scaled_dot_attention.CONTRACT
CausalScaledDotAttention = causal_scaled_dot_attention.CONTRACT
DecoderTensors = decoder_tensors.CONTRACT
DecoderOnlyTransformer = decoder_only_transformer.CONTRACT
TransformerEncoder = transformer_encoder.CONTRACT
TransformerDecoder = transformer_decoder.CONTRACT
SinusoidalEncodings = sinusoidal_encodings.CONTRACT
TargetLoss = target_loss.CONTRACT
PigLatin = pig_latin.CONTRACT
Translate = translate.CONTRACT
TranslateWithEncoder = translate.WITH_ENCODER
OptimalParams = optimal_params.CONTRACT
LinearLog = linear_log.CONTRACT
Params, Flops, Hidden, Tokens = counts.PARAMS, counts.FLOPS, counts.HIDDEN, counts.TOKENS
SentenceClassifier = sentence_classifier.CONTRACT
WhatIs = what_is.CONTRACT
VerbalArithmetic = verbal_arithmetic.CONTRACT
Attention = attention.CONTRACT

CONTRACTS: dict[str, Contract] = {
    contract.item: contract
    for contract in (
        ScaledDotAttention,
        CausalScaledDotAttention,
        DecoderTensors,
        DecoderOnlyTransformer,
        TransformerEncoder,
        TransformerDecoder,
        SinusoidalEncodings,
        TargetLoss,
        PigLatin,
        Translate,
        TranslateWithEncoder,
        OptimalParams,
        LinearLog,
        Params,
        Flops,
        Hidden,
        Tokens,
        SentenceClassifier,
        WhatIs,
        VerbalArithmetic,
        Attention,
    )
}

__all__ = [
    "CONTRACTS",
    "Attention",
    "Case",
    "CausalScaledDotAttention",
    "Contract",
    "DecoderOnlyTransformer",
    "DecoderTensors",
    "Flops",
    "Hidden",
    "LinearLog",
    "OptimalParams",
    "Params",
    "PigLatin",
    "ScaledDotAttention",
    "SentenceClassifier",
    "SinusoidalEncodings",
    "TargetLoss",
    "Tokens",
    "TransformerDecoder",
    "TransformerEncoder",
    "Translate",
    "TranslateWithEncoder",
    "VerbalArithmetic",
    "WhatIs",
]
