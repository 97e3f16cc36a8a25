"""The course's counts of its decoder alone, by the course's interface, and their inverses."""

import math

VOCAB_SIZE, LAYERS = 30, 4  # of the sweep; the inverse counts take these for granted
SMALLEST, LARGEST = 16, 1e4  # hidden sizes between which the course looks


def transformer_params(vocab_size: int, hidden_size: float, num_layers: int, max_seq_len: int = 1000) -> float:
    """How many parameters a decoder has without its embedding: projections, mlps and the output.

    Edges:   positions are sines and cosines, no parameters: `max_seq_len` is the course's, and of no account.
    Source:  handout 3.3; the course's notebook.
    """
    layer = 4 * (hidden_size**2 + hidden_size)  # three projections and the mlp, each with a bias
    return num_layers * layer + (hidden_size + 1) * vocab_size


def total_params(vocab_size: int, hidden_size: float, num_layers: int) -> float:
    """The same with the embedding: all that is learned."""
    return transformer_params(vocab_size, hidden_size, num_layers) + vocab_size * hidden_size


def transformer_flops(seq_len: float, vocab_size: int, hidden_size: float, num_layers: int) -> float:
    """The FLOPs of training on one example of `seq_len` tokens, whose backward pass is taken for twice the forward one.

    Units:   a multiplication and an addition are two.
    Edges:   a mean length may be broken. Embeddings, biases, residuals and ReLUs are left out; `impl.scaling.counted`
             says what torch's own counter sees.
    Source:  handout 3.3; the course's notebook.
    """
    affine = 2 * seq_len * hidden_size * hidden_size
    weighted = 2 * seq_len * seq_len * hidden_size  # queries by keys, and weights by values
    softmax = 3 * seq_len * seq_len  # minus the largest, exp, divided by the sum
    forward = num_layers * (4 * affine + 2 * weighted + softmax) + 2 * seq_len * hidden_size * vocab_size
    return 3 * forward


def find_hidden(params: float, x_min: float = SMALLEST, x_max: float = LARGEST) -> float:
    """The hidden size, a real number, of the decoder of 4 layers that has `params` parameters by the course's count.

    Edges:   the root of a quadratic, where the course looks for it by bisection to 1e-4. `hidden_of` does not mind where
             it lies.
    Raises:  ValueError for a size that is not from `x_min` to `x_max`, as the course's bisection does.
    Source:  the course's notebook.
    """
    hidden = hidden_of(params)
    if not x_min <= hidden <= x_max:
        raise ValueError(f"{params:g} parameters make a hidden size of {hidden:.4g}; it must be {x_min:g} to {x_max:g}")
    return hidden


def find_tokens(params: float, flops: float, seq_len: float) -> float:
    """How many tokens a budget pays for, in examples of `seq_len` tokens, when a decoder of 4 layers has so many parameters.

    Raises:  ValueError as `find_hidden`.
    Source:  the course's notebook.
    """
    return tokens_of(find_hidden(params), flops, seq_len)


def hidden_of(params: float) -> float:
    """The hidden size wherever it lies.

    Raises:  ValueError for a number of parameters that no positive size has.
    """
    if not VOCAB_SIZE < params < math.inf:
        raise ValueError(f"no hidden size has {params:g} parameters; {VOCAB_SIZE} are biases of the output alone")
    square, linear = 4 * LAYERS, 4 * LAYERS + VOCAB_SIZE
    root = math.sqrt(linear**2 + 4 * square * (params - VOCAB_SIZE))
    return 2 * (params - VOCAB_SIZE) / (linear + root)


def tokens_of(hidden: float, flops: float, seq_len: float) -> float:
    """How many tokens a budget pays for at a hidden size."""
    return flops / transformer_flops(seq_len, VOCAB_SIZE, hidden, LAYERS) * seq_len
