"""The assignment as data: every question of the handout, its points, its kind, and what a marker looks for.

Where the handout contradicts itself about points the question's own figure counts. Section 3 is "[2pt]" in its heading
and 3.1 inside it "[4pt]", while the questions of 3.1 say 0.5, 0.5, 0.5 and 1; and the deliverables of 3.1 split
question 4 into 1 for the curves and 1 for the analysis. None of these agree; the questions' figures are used.
Types 1 to 4 say how well language models answered, in the handout's judgment; in section 3 it gives one type a subsection.

Source: the handout, version 1.0, 2023-03-04.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["written", "programmed", "prose"]


@dataclass(frozen=True)
class Question:
    """One question of the handout.

    Units:   `points` are marks; 0 means that the handout does not mark it.
    Edges:   `llm_type` is None where the handout gives none; a prose question has no item.
    """

    id: str
    title: str
    points: float
    kind: Kind
    looks_for: str
    llm_type: int | None = None
    item: str | None = None


QUESTIONS: tuple[Question, ...] = (
    Question("1.1.1", "Bounding FGSM", 0, "written", "both max norms; they agree iff max |w_i| = 1 or w = 0"),
    Question("1.1.2", "Prediction under attack", 1, "written", "f(x') in closed form, without a y", 2),
    Question("1.2.1", "Toy example", 0, "written", "the line of optima, the touching contour, uniqueness of ridge"),
    Question("1.2.2", "Closed form ridge regression solution", 1, "written", "the closed form, factor of lambda right", 1),
    Question("1.2.3", "Adversarial attack under weight decay", 0, "written", "epsilon as a function of lambda; grows"),
    Question("1.2.4", "The adversary strikes back", 0, "written", "epsilon under FGSM, and that lambda is not in it"),
    Question("2.1.1", "Batch size vs. learning rate", 1, "written", "grows with batch size, then saturates", 1),
    Question("2.1.2a", "Most efficient batch size", 1, "written", "the point at the knee, and why", 4),
    Question("2.1.2b", "Regimes and remedies", 1, "written", "A: noise, parallel compute; B: curvature, higher order", 4),
    Question("2.2", "Model size, dataset size and compute", 1, "written", "increase the model size, and why", 4),
    Question(
        "3.1.1", "Scaled dot-product attention", 0.5, "programmed",
        "softmax(q k^T / sqrt(d)) v of projected inputs, for 2D and 3D queries", 2, "ScaledDotAttention",
    ),
    Question(
        "3.1.2", "Causal scaled dot-product attention", 0.5, "programmed",
        "the same, with no influence of later positions, in value and in gradient", 2, "CausalScaledDotAttention",
    ),
    Question(
        "3.1.3", "Why positional encodings", 0.5, "prose",
        "without positions attention is equivariant to permutations; sinusoids against one-hot: bounded size, smooth, "
        "unseen lengths, relative offsets linear; two to four sentences", 2,
    ),
    Question(
        "3.1.4", "Hidden size and data size", 1, "prose",
        "two figures of loss curves, the lowest validation loss of four runs, at most six sentences of analysis", 2,
    ),
    Question(
        "3.2.1", "Tensors for the decoder", 1, "programmed",
        "<SOS> source <EOP> target, and source <EOP> target <EOS>", 2, "generate_tensors_for_training_decoder_nmt",
    ),
    Question(
        "3.2.2", "Decoder-only forward pass", 1, "programmed",
        "embedding, positions, causal layers, logits", 2, "DecoderOnlyTransformer",
    ),
    Question(
        "3.2.3", "Decoder-only against encoder-decoder", 1, "prose",
        "pros and cons of the decoder-only approach, and the quality of its translations compared", 2,
    ),
    Question(
        "3.3.1", "Validation loss against FLOPs", 0.5, "prose",
        "a larger model does not always have the smaller loss at equal compute; at most three sentences", 2,
    ),
    Question("3.3.2", "IsoFLOP profiles", 1, "programmed", "the vertex of a quadratic in log10", 2, "find_optimal_params"),
    Question("3.3.3", "Compute optimal model", 1, "programmed", "a line in log-log and its value at 1e15", 2, "fit_linear_log"),
    Question(
        "3.3.4", "Compute optimal tokens", 1, "prose",
        "whether the setup of 3.2.3 is compute optimal, read off both plots, and what to change; at most three sentences", 2,
    ),
    Question(
        "4.1", "Add a classifier to BERT", 1, "programmed",
        "a linear classifier on the pooled [CLS] representation, and its loss", 1, "BertForSentenceClassification",
    ),
    Question("4.2", "Fine-tune BERT", 0, "programmed", "the model trains; loss and accuracy are plotted"),
    Question(
        "4.3", "Freezing the pretrained weights", 0.5, "prose",
        "frozen: faster, because BERT needs no gradients; less accurate, because it cannot adapt; at most four sentences", 4,
    ),
    Question(
        "4.4", "Effect of pretraining data", 0.5, "prose",
        "BERTweet against MathBERT: accuracy, and the distance of its pretraining data; at most three sentences", 4,
    ),
    Question("4.5", "Inspect models' predictions", 0, "prose", "inputs on which the models differ, or all fail"),
    Question("5.1", "Interacting with CLIP", 0, "programmed", "similarities and zero-shot classes of section I"),
    Question("5.2", "Prompting CLIP", 1, "programmed", "a caption that retrieves the image of figure 11; one sentence", 4, "caption"),
)  # fmt: skip

KERNEL = Question(
    "kernel", "Attention kernel", 0, "programmed",
    "softmax(scale * q k^T) v over the permitted keys, in every dtype, shape, mask and memory layout", item="attention",
)  # fmt: skip
"""No question of the handout: what a kernel is judged under, by the same laws and without points."""

PIECES: tuple[Question, ...] = tuple(
    Question(name, title, 0, "programmed", looks_for, item=item)
    for name, title, looks_for, item in (
        ("encoder", "Encoder", "embedding, positions, attention and mlp with what goes in added", "TransformerEncoder"),
        ("decoder", "Decoder", "causal attention, attention over the source, mlp, logits", "TransformerDecoder"),
        ("encodings", "Sinusoidal encodings", "sines in even columns, cosines in odd ones", "sinusoidal_encodings"),
        ("loss", "Loss over the target", "mean cross-entropy from the logits at EOP on", "target_loss"),
        ("translate", "Greedy decoding", "the likeliest character until EOS, or 20 of them", "translate"),
        (
            "translate-with-encoder",
            "Greedy decoding with an encoder",
            "the same, given annotations",
            "translate_with_encoder",
        ),
        ("pig-latin", "Pig Latin", "vowels, consonants, clusters, qu, y, dashes", "pig_latin"),
        ("params", "Parameters", "layers and output, without embeddings", "transformer_params"),
        ("flops", "FLOPs of an example", "forward, and twice that backward, without embeddings", "transformer_flops"),
        ("hidden", "Hidden size", "the size that has so many parameters", "find_hidden"),
        ("tokens", "Tokens", "what a budget pays for at that size", "find_tokens"),
        ("what-is", "What a model says", "negative, zero or positive, by the largest logit", "what_is"),
        ("verbal-arithmetic", "Verbal arithmetic", "800 sentences, each once, and their signs", "verbal_arithmetic"),
        ("clip-similarity", "Similarity", "cosines, a row a text, a column a picture", "similarity_matrix"),
        ("clip-zero-shot", "Zero-shot classes", "softmax of 100 cosines over classes", "zero_shot_probabilities"),
        ("clip-ranking", "Retrieval", "softmax of 100 cosines over all pictures, the best k", "rank_images"),
        ("clip-loss", "Contrastive loss", "cross-entropy both ways, with gradients", "contrastive_loss"),
        ("clip-compare", "Similarity by a model", "the same of pictures and tokens", "compare_images"),
        ("clip-classify", "Zero-shot classes by a model", "the same of pictures and tokens", "classify_images"),
        ("clip-retrieve", "Retrieval by a model", "the same of pictures and tokens", "retrieve_images"),
    )
)
"""No questions of the handout either, but what its sections 3 to 5 are built of; the course supplies most of it."""

UNMARKED: frozenset[str] = frozenset(question.id for question in (*PIECES, KERNEL))
BY_ID: dict[str, Question] = {q.id: q for q in (*QUESTIONS, *PIECES, KERNEL)}
