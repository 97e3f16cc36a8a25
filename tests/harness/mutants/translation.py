"""What the translation models and their pieces look like in a submission, plainly: mutants and variants are edits of these."""

ENCODINGS = """
import torch
from torch import nn


def sinusoidal_encodings(max_seq_len, hidden_size):
    places = torch.arange(max_seq_len)[:, None]
    columns = torch.arange(hidden_size // 2)[None, :]
    angles = places / 10000 ** (2 * columns.float() / hidden_size)
    encodings = torch.zeros(max_seq_len, hidden_size)
    encodings[:, 0::2] = torch.sin(angles)
    encodings[:, 1::2] = torch.cos(angles)
    return encodings
"""

ATTENTION = """

class ScaledDotAttention(nn.Module):
    causal = False

    def __init__(self, hidden_size):
        super().__init__()
        self.Q = nn.Linear(hidden_size, hidden_size)
        self.K = nn.Linear(hidden_size, hidden_size)
        self.V = nn.Linear(hidden_size, hidden_size)
        self.scaling_factor = torch.rsqrt(torch.tensor(hidden_size, dtype=torch.float))

    def forward(self, queries, keys, values):
        q, k, v = self.Q(queries), self.K(keys), self.V(values)
        scores = torch.bmm(q, k.transpose(1, 2)) * self.scaling_factor
        if self.causal:
            scores = scores + torch.ones_like(scores).triu(1) * -1e7
        weights = torch.softmax(scores, dim=2)
        return torch.bmm(weights, v), weights


class CausalScaledDotAttention(ScaledDotAttention):
    causal = True
"""

LISTS = """        self.attention_mlps = nn.ModuleList(
            [nn.Sequential(nn.Linear(hidden_size, hidden_size), nn.ReLU()) for _ in range(num_layers)]
        )
"""

ENCODER = (
    ENCODINGS
    + ATTENTION
    + """

class TransformerEncoder(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers, opts):
        super().__init__()
        self.num_layers = num_layers
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.self_attentions = nn.ModuleList([ScaledDotAttention(hidden_size) for _ in range(num_layers)])
"""
    + LISTS
    + """        self.positional_encodings = sinusoidal_encodings(1000, hidden_size)
        if opts.cuda:
            self.positional_encodings = self.positional_encodings.cuda()

    def forward(self, inputs):
        seq_len = inputs.size(1)
        x = self.embedding(inputs)
        x = x + self.positional_encodings[:seq_len]
        for i in range(self.num_layers):
            context, _ = self.self_attentions[i](x, x, x)
            x = x + context
            x = x + self.attention_mlps[i](x)
        return x, None
"""
)

DECODER = (
    ENCODINGS
    + ATTENTION
    + """

class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers):
        super().__init__()
        self.num_layers = num_layers
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.self_attentions = nn.ModuleList([CausalScaledDotAttention(hidden_size) for _ in range(num_layers)])
        self.encoder_attentions = nn.ModuleList([ScaledDotAttention(hidden_size) for _ in range(num_layers)])
"""
    + LISTS
    + """        self.out = nn.Linear(hidden_size, vocab_size)
        self.positional_encodings = sinusoidal_encodings(1000, hidden_size).cuda()

    def forward(self, inputs, annotations, hidden_init):
        seq_len = inputs.size(1)
        x = self.embedding(inputs)
        x = x + self.positional_encodings[:seq_len]
        over_source, over_target = [], []
        for i in range(self.num_layers):
            context, weights = self.self_attentions[i](x, x, x)
            x = x + context
            over_target.append(weights)
            context, weights = self.encoder_attentions[i](x, annotations, annotations)
            x = x + context
            over_source.append(weights)
            x = x + self.attention_mlps[i](x)
        logits = self.out(x)
        return logits, (torch.stack(over_source), torch.stack(over_target))
"""
)

DECODER_ONLY = (
    ENCODINGS
    + ATTENTION
    + """

class DecoderOnlyTransformer(nn.Module):
    def __init__(self, vocab_size, hidden_size, num_layers, loss_seq_span):
        super().__init__()
        self.num_layers = num_layers
        self.embedding = nn.Embedding(vocab_size, hidden_size)
        self.self_attentions = nn.ModuleList([CausalScaledDotAttention(hidden_size) for _ in range(num_layers)])
"""
    + LISTS
    + """        self.out = nn.Linear(hidden_size, vocab_size)
        self.positional_encodings = sinusoidal_encodings(1000, hidden_size)

    def forward(self, inputs):
        seq_len = inputs.size(1)
        x = self.embedding(inputs)
        x = x + self.positional_encodings[:seq_len]
        kept = []
        for i in range(self.num_layers):
            context, weights = self.self_attentions[i](x, x, x)
            x = x + context
            kept.append(weights)
            x = x + self.attention_mlps[i](x)
        logits = self.out(x)
        return logits, torch.stack(kept)
"""
)

TENSORS = """
import torch


def generate_tensors_for_training_decoder_nmt(src_EOP, tgt_EOS, start_token, cuda):
    src_EOP_tgt_EOS = torch.cat([src_EOP, tgt_EOS], dim=1)
    sos_vector = torch.full((src_EOP.size(0), 1), start_token, dtype=torch.long)
    if cuda:
        sos_vector = sos_vector.cuda()
    SOS_src_EOP_tgt = torch.cat([sos_vector, src_EOP, tgt_EOS[:, :-1]], dim=1)
    return SOS_src_EOP_tgt, src_EOP_tgt_EOS
"""

LOSS = """
import torch
import torch.nn.functional as F


def target_loss(logits, tgt_EOS):
    predictions = logits[:, -tgt_EOS.size(1):, :]
    return F.cross_entropy(predictions.reshape(-1, predictions.size(2)), tgt_EOS.reshape(-1))
"""

PIG_LATIN = """
def pig_latin(word):
    return '-'.join(part_of(part) for part in word.split('-'))


def part_of(part):
    if not part:
        return ''
    if part[0] in 'aeiou':
        return part + 'way'
    if part[0] == 'y':
        return part + 'ay'
    i = 0
    while i < len(part) and part[i] not in 'aeiouy':
        i += 2 if part[i:i + 2] == 'qu' else 1
    if i >= len(part):
        return part + 'ay'
    return part[i:] + part[:i] + 'ay'
"""

TRANSLATE = """
import torch


def translate(input_string, decoder, idx_dict, opts):
    limit = 20
    indexes = [idx_dict['char_to_index'][c] for c in input_string]
    prompt = [idx_dict['start_token']] + indexes + [idx_dict['end_prompt_token']]
    said = []
    for step in range(limit):
        inputs = torch.tensor([prompt + said])
        logits, _ = decoder(inputs)
        token = int(logits[0, -1].argmax())
        if token == idx_dict['end_token']:
            break
        said.append(token)
    return ''.join(idx_dict['index_to_char'][token] for token in said)
"""

TRANSLATE_WITH_ENCODER = (
    TRANSLATE.replace("input_string, decoder", "input_string, encoder, decoder")
    .replace("+ indexes + [idx_dict['end_prompt_token']]", "")
    .replace(
        "    said = []",
        "    annotations, hidden = encoder(torch.tensor([indexes + [idx_dict['end_token']]]))\n    said = []",
    )
    .replace("decoder(inputs)", "decoder(inputs, annotations, hidden)")
)

SOURCES = {
    "TransformerEncoder": ENCODER,
    "TransformerDecoder": DECODER,
    "DecoderOnlyTransformer": DECODER_ONLY,
    "generate_tensors_for_training_decoder_nmt": TENSORS,
    "sinusoidal_encodings": ENCODINGS,
    "target_loss": LOSS,
    "pig_latin": PIG_LATIN,
    "translate": TRANSLATE,
    "translate_with_encoder": TRANSLATE_WITH_ENCODER,
}
MODELS = ("TransformerEncoder", "TransformerDecoder", "DecoderOnlyTransformer")
