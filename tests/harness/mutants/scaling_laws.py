"""What the fits and counts of section 3.3 look like in a submission, plainly: mutants and variants are edits of these."""

FITS = """
import numpy as np
import torch
from numpy.polynomial import Polynomial

SEEN = {}


def find_optimal_params(x, y):
    p = np.polyfit(np.log10(x), y, 2)
    optimal_params = 10 ** (-p[1] / (2 * p[0]))
    return p, optimal_params


def fit_linear_log(x, y):
    m, c = np.polyfit(np.log10(x), np.log10(y), 1)
    return m, c
"""

COUNTS = """
import numpy as np


def transformer_params(vocab_size, hidden_size, num_layers, max_seq_len=1000):
    embeddings = vocab_size * hidden_size + max_seq_len * hidden_size
    attention = 3 * hidden_size ** 2 + 3 * hidden_size
    mlp = hidden_size ** 2 + hidden_size
    out = hidden_size * vocab_size + vocab_size
    total_params = num_layers * (attention + mlp) + out
    return total_params


def transformer_flops(seq_len, vocab_size, hidden_size, num_layers):
    embedded = 2 * seq_len * vocab_size * hidden_size
    attention = 2 * 3 * seq_len * hidden_size * hidden_size
    attlogits = 2 * seq_len * seq_len * hidden_size
    attsoftmax = 3 * seq_len * seq_len
    attvalue = 2 * seq_len * seq_len * hidden_size
    attlinear = 2 * seq_len * hidden_size * hidden_size
    att = attention + attlogits + attsoftmax + attvalue + attlinear
    out = 2 * seq_len * vocab_size * hidden_size
    forward_flops = num_layers * att + out
    backward_flops = 2 * forward_flops
    total_flops = forward_flops + backward_flops
    return total_flops


def find_hidden(params, x_min=16, x_max=1e4, tol=1e-4):
    from scipy.optimize import bisect
    f = lambda h: transformer_params(vocab_size=30, hidden_size=h, num_layers=4)
    def g(x):
        return f(x) - params
    x_root = bisect(g, x_min, x_max, rtol=tol)
    return x_root


def find_tokens(params, flops, seq_len):
    hidden = find_hidden(params)
    flops_per_example = transformer_flops(seq_len=seq_len, vocab_size=30, hidden_size=hidden, num_layers=4)
    return flops / flops_per_example * seq_len

# end
"""

SOURCES = {
    "find_optimal_params": FITS,
    "fit_linear_log": FITS,
    "transformer_params": COUNTS,
    "transformer_flops": COUNTS,
    "find_hidden": COUNTS,
    "find_tokens": COUNTS,
}
