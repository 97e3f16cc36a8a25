"""What has a contract: programmed items of the handout, what they are built of, and the attention kernel."""

from spec.contracts import (
    attention,
    caption,
    causal_scaled_dot_attention,
    clip_loss,
    clip_ranking,
    clip_similarity,
    clip_zero_shot,
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
SimilarityMatrix, CompareImages = clip_similarity.CONTRACT, clip_similarity.WITH_MODEL
ZeroShotProbabilities, ClassifyImages = clip_zero_shot.CONTRACT, clip_zero_shot.WITH_MODEL
RankImages, RetrieveImages = clip_ranking.CONTRACT, clip_ranking.WITH_MODEL
ContrastiveLoss = clip_loss.CONTRACT
Caption = caption.CONTRACT
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
        SimilarityMatrix,
        ZeroShotProbabilities,
        RankImages,
        ContrastiveLoss,
        CompareImages,
        ClassifyImages,
        RetrieveImages,
        Caption,
        Attention,
    )
}

__all__ = [
    "CONTRACTS",
    "Attention",
    "Caption",
    "Case",
    "CausalScaledDotAttention",
    "ClassifyImages",
    "CompareImages",
    "Contract",
    "ContrastiveLoss",
    "DecoderOnlyTransformer",
    "DecoderTensors",
    "Flops",
    "Hidden",
    "LinearLog",
    "OptimalParams",
    "Params",
    "PigLatin",
    "RankImages",
    "RetrieveImages",
    "ScaledDotAttention",
    "SentenceClassifier",
    "SimilarityMatrix",
    "SinusoidalEncodings",
    "TargetLoss",
    "Tokens",
    "TransformerDecoder",
    "TransformerEncoder",
    "Translate",
    "TranslateWithEncoder",
    "VerbalArithmetic",
    "WhatIs",
    "ZeroShotProbabilities",
]
