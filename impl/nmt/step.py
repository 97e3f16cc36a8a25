"""A training step of the handout's models: the loss and its gradient, in as few operations as it takes.

`impl.nmt.model` says what the models are; a test holds these to it. What is not needed is not computed: the loss is over
the target, so the last layer of the decoder alone has queries for the target only.
"""

from typing import NamedTuple, Protocol

from torch import Tensor

from impl.nmt.batches import Batch
from impl.nmt.blocks import CrossAttention, Embedded, Mlp, Output, SelfAttention
from impl.nmt.model import DecoderOnlyTransformer, Transformer, TransformerDecoder, TransformerEncoder
from impl.nmt.packed import Packed


class Step(Protocol):
    """What can be trained: a loss, its gradient, and the parameters that it is a gradient of.

    A gradient that is longer than `largest_gradient` is shortened to it, if there is one.
    """

    packed: Packed
    largest_gradient: float | None

    def forward(self, batch: Batch) -> Tensor:
        """The mean loss of a batch over its targets, a number on its device."""
        ...

    def evaluate(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The mean loss, and which words [batch] are right in every character, given those before it.

        They are the words that greedy decoding gets right: it goes wrong where the first character does.
        """
        ...

    def backward(self) -> None:
        """Write the gradient of the last loss to `packed.gradients`."""
        ...


class Stack(NamedTuple):
    """A model's layers: the first block reads tokens and has the first attention in it."""

    first: Embedded
    attentions: list[SelfAttention | None]
    mlps: list[Mlp]


def stack(packed: Packed, model: Transformer, *, causal: bool) -> Stack:
    """A model's layers, on its packed parameters."""
    embedding, (first, *others) = model.embedding.weight, [packed.linear(one) for one in model.self_attentions]
    attentions = [None, *(SelfAttention(one, causal=causal) for one in others)]
    mlps = [Mlp(packed.linear(mlp[0])) for mlp in model.attention_mlps]
    return Stack(Embedded(embedding.data, embedding.grad, first, causal=causal), attentions, mlps)


class DecoderStep:
    """The decoder alone."""

    largest_gradient = None

    def __init__(self, model: DecoderOnlyTransformer) -> None:
        self.model = model
        self.packed = Packed(model)
        self.first, attentions, self.mlps = stack(self.packed, model, causal=True)
        *self.attentions, last = attentions
        self.last = None
        if last is not None:
            self.last = CrossAttention(self.packed.linear(model.self_attentions[-1]), causal=True)
        self.out = Output(self.packed.linear(model.out))

    def forward(self, batch: Batch) -> Tensor:
        """The mean loss over the target."""
        (inputs,), tgt_len = batch.inputs, batch.targets.shape[1]
        x = self.first.forward(inputs, self.model.positions(inputs.shape[1]))
        for attention, mlp in zip(self.attentions, self.mlps, strict=False):  # the last mlp is over the target alone
            x = mlp.forward(x if attention is None else attention.forward(x))
        self.shape = x.shape
        target = x[:, -tgt_len:].contiguous()  # [batch, tgt_len, hidden]
        if self.last is not None:
            target = self.last.forward(target, x)
        return self.out.forward(self.mlps[-1].forward(target), batch.targets)

    def evaluate(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The mean loss, and the words right."""
        return self.forward(batch), self.out.right()

    def backward(self) -> None:
        """The gradient of the last loss, into the packed vector."""
        d_target = self.mlps[-1].backward(self.out.backward())
        if self.last is None:
            d = d_target.new_zeros(self.shape)
        else:
            d_target, d = self.last.backward(d_target, None)
        d[:, -d_target.shape[1] :] += d_target
        for attention, mlp in reversed(list(zip(self.attentions, self.mlps, strict=False))):
            d = mlp.backward(d)
            d = d if attention is None else attention.backward(d)
        self.first.backward(d)


class EncoderDecoderStep:
    """The encoder, and the decoder over its annotations."""

    largest_gradient = None

    def __init__(self, encoder: TransformerEncoder, decoder: TransformerDecoder) -> None:
        self.encoder, self.decoder = encoder, decoder
        self.packed = Packed(encoder, decoder)
        self.reading = stack(self.packed, encoder, causal=False)
        self.writing = stack(self.packed, decoder, causal=True)
        self.cross = [CrossAttention(self.packed.linear(one), causal=False) for one in decoder.encoder_attentions]
        self.out = Output(self.packed.linear(decoder.out))

    def forward(self, batch: Batch) -> Tensor:
        """The mean loss over the target."""
        source, target = batch.inputs
        annotations = self.reading.first.forward(source, self.encoder.positions(source.shape[1]))
        for attention, mlp in zip(self.reading.attentions, self.reading.mlps, strict=True):
            annotations = mlp.forward(annotations if attention is None else attention.forward(annotations))
        x = self.writing.first.forward(target, self.decoder.positions(target.shape[1]))
        for attention, cross, mlp in zip(self.writing.attentions, self.cross, self.writing.mlps, strict=True):
            x = x if attention is None else attention.forward(x)
            x = mlp.forward(cross.forward(x, annotations))
        return self.out.forward(x, batch.targets)

    def evaluate(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The mean loss, and the words right."""
        return self.forward(batch), self.out.right()

    def backward(self) -> None:
        """The gradient of the last loss, into the packed vector."""
        d = self.out.backward()
        d_annotations = None
        writing = list(zip(self.writing.attentions, self.cross, self.writing.mlps, strict=True))
        for attention, cross, mlp in reversed(writing):
            d, d_annotations = cross.backward(mlp.backward(d), d_annotations)
            d = d if attention is None else attention.backward(d)
        for attention, mlp in reversed(list(zip(self.reading.attentions, self.reading.mlps, strict=True))):
            d_annotations = mlp.backward(d_annotations)
            d_annotations = d_annotations if attention is None else attention.backward(d_annotations)
        self.writing.first.backward(d)
        self.reading.first.backward(d_annotations)
