"""Wrong classifiers on BERT, wrong answers and data of section 4; and right ones that look otherwise."""

from tests.harness.mutants import Edit, Mutant, Variant
from tests.harness.mutants.bert_texts import COMPOSED

ITEM, ASKING, DATA = ("BertForSentenceClassification",), ("what_is",), ("verbal_arithmetic",)
CLASS = "(BertModel):\n"
LAYER = "nn.Linear(config.hidden_size, config.num_labels)"
OWN_LOSS = "        self.loss = nn.CrossEntropyLoss()\n"
FORWARD = "outputs = super().forward(**kwargs)"
CLS = "outputs.pooler_output"
LOGITS = "logits = self.classifier(cls)"
WITH = "outputs = (logits, self.loss(logits, labels))"
LOSS = "self.loss(logits, labels)"
ALONE = "outputs = (logits,)"
PRINTED = "print(names[np.argmax(logits, axis=1)[0]])"
CALL = "model(input_ids=ids, attention_mask=mask)"
LAYERS_OUT = "outputs = super().forward(output_hidden_states=True, **kwargs)"


def wrong(name: str, law: str, *edits: Edit, status: str = "broken", text: str | None = None) -> Mutant:
    return Mutant(name, law, edits, ITEM, status, text)


def first(lines: str) -> Edit:
    """Lines before BERT is called."""
    return FORWARD, f"{lines}\n        {FORWARD}"


def pooling(what: str) -> Edit:
    """Another representation than the pooled one."""
    return CLS, what


def layer(of: str) -> tuple[Edit, Edit]:
    """The pooled [CLS] of another layer."""
    return (FORWARD, LAYERS_OUT), pooling(f"self.pooler(outputs.hidden_states[{of}])")


def logits(how: str) -> Edit:
    """Something done to the logits."""
    return LOGITS, f"{LOGITS}; logits = {how}"


def asking(name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, ASKING, status)


def data(name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, DATA, status)


CLASSIFIERS = [
    wrong("first-hidden-state", "classifier-logits", pooling("outputs.last_hidden_state[:, 0]")),
    wrong("mean-of-the-tokens", "classifier-float32", pooling("outputs.last_hidden_state.mean(1)")),
    wrong("last-token", "classifier-logits", pooling("outputs.last_hidden_state[:, -1]")),
    wrong("every-token", "tuple-without-labels", pooling("outputs.last_hidden_state")),
    wrong("pooled-without-tanh", "classifier-logits", pooling("self.pooler.dense(outputs.last_hidden_state[:, 0])")),
    wrong("pooled-twice", "classifier-logits", pooling("torch.tanh(outputs.pooler_output)")),
    wrong("softmax", "classifier-float32", logits("logits.softmax(-1)")),
    wrong("softmax-over-the-batch", "one-sentence", logits("logits.softmax(0)")),
    wrong("log-softmax", "num-labels-5", logits("logits.log_softmax(-1)")),
    wrong("tanh", "large-logits", logits("torch.tanh(logits)")),
    wrong("relu", "num-labels-1", logits("logits.relu()")),
    wrong("three-labels", "num-labels-2", (LAYER, "nn.Linear(config.hidden_size, 3)")),
    wrong("two-labels-by-default", "num-labels-3", (LAYER, "nn.Linear(config.hidden_size, 2)")),
    wrong("hidden-768", "hidden-size-4", (LAYER, "nn.Linear(768, config.num_labels)")),
    wrong("powers-of-two", "hidden-size-12", (LAYER, "nn.Linear(1 << config.hidden_size.bit_length() - 1, config.num_labels)")),
    wrong("inner-size", "hidden-size-16", (LAYER, "nn.Linear(config.intermediate_size, config.num_labels)")),
    wrong("layer-before-the-last", "bert-layers-1", *layer("-2")),
    wrong("first-layer", "bert-layers-2", *layer("1")),
    wrong("second-layer-at-most", "bert-layers-3", *layer("min(2, len(outputs.hidden_states) - 1)")),
    wrong("first-32-tokens", "classifier-long", first("kwargs = {name: array[:, :32] for name, array in kwargs.items()}")),
    wrong("loss-of-probabilities", "loss-of-logits", (LOSS, "self.loss(logits.softmax(-1), labels)")),
    wrong("sum", "loss-of-logits", ("nn.CrossEntropyLoss()", "nn.CrossEntropyLoss(reduction='sum')")),
    wrong("loss-a-sentence", "pair-with-labels", ("nn.CrossEntropyLoss()", "nn.CrossEntropyLoss(reduction='none')")),
    wrong("binary", "loss-of-logits", (LOSS, "F.binary_cross_entropy_with_logits(logits, F.one_hot(labels, logits.shape[-1]).to(logits))")),
    wrong("smoothed", "loss-of-logits", ("nn.CrossEntropyLoss()", "nn.CrossEntropyLoss(label_smoothing=0.1)")),
    wrong("log-of-softmax", "large-logits", (LOSS, "F.nll_loss(logits.softmax(-1).log(), labels)")),
    wrong("regression-of-one-label", "loss-one-label", (LOSS, f"F.mse_loss(logits[:, 0], labels.to(logits) + 1) if logits.shape[-1] == 1 else {LOSS}")),
    wrong("squeezed", "one-sentence", logits("logits.squeeze()"), status="error"),
    wrong("classes", "pair-with-labels", (WITH, f"outputs = (logits.argmax(-1), {LOSS})")),
    wrong("labels-ignored", "pair-with-labels", ("if labels is not None", "if False")),
    wrong("loss-first", "pair-with-labels", (WITH, f"outputs = ({LOSS}, logits)")),
    wrong("loss-alone", "pair-with-labels", (WITH, f"outputs = {LOSS}")),
    wrong("outputs-as-well", "pair-with-labels", (WITH, f"outputs = (logits, {LOSS}, outputs)")),
    wrong("a-third-value", "pair-with-labels", (WITH, f"outputs = (logits, {LOSS}, None)")),
    wrong("a-dictionary", "pair-with-labels", (WITH, f"outputs['loss'] = {LOSS}")),
    wrong("a-tensor", "tuple-without-labels", (ALONE, "outputs = logits")),
    wrong("outputs-of-bert", "tuple-without-labels", (ALONE, "outputs = outputs")),
    wrong("probabilities-beside-the-loss", "labels-move-no-logits", (WITH, f"outputs = (logits.softmax(-1), {LOSS})")),
    wrong("no-mask", "padding", first("kwargs.pop('attention_mask', None)")),
    wrong("mask-of-the-first", "attention-mask", first("if 'attention_mask' in kwargs: kwargs['attention_mask'] = kwargs['attention_mask'].cummax(1)[0]")),
    wrong("divided-by-the-length", "more-padding", logits("logits / kwargs['input_ids'].shape[1]")),
    wrong("no-token-types", "token-types", first("kwargs.pop('token_type_ids', None)")),
    wrong("types-demanded", "notebooks-call", first("kwargs['token_type_ids']"), status="error"),
    wrong("mask-demanded", "tokens-alone", first("kwargs['attention_mask']"), status="error"),
    wrong("padding-guessed", "tokens-alone", first("kwargs.setdefault('attention_mask', (kwargs['input_ids'] > 3).long())")),
    wrong("batch-statistics", "sentences-apart", pooling("outputs.pooler_output - outputs.pooler_output.mean(0)")),
    wrong("sorted-sentences", "order-of-a-batch", pooling("outputs.pooler_output.sort(0)[0]")),
    wrong("dropout-in-evaluation", "evaluation-draws-nothing", pooling("F.dropout(outputs.pooler_output, 0.1)")),
    wrong("always-training", "evaluation-is-deterministic", first("self.train()"), status="flaky"),
    wrong("softmax-in-training", "training-mode", logits("logits.softmax(-1) if self.training else logits")),
    wrong("backward-inside", "no-gradients-asked", (WITH, f"{WITH}; outputs[1].backward(retain_graph=True)"), status="error"),
    wrong("initialised-again", "classifier-logits", first("nn.init.normal_(self.classifier.weight)"), status="flaky"),
    wrong("mean-of-all-calls", "classifier-no-state", logits("0.9 * logits + 0.1 * getattr(self, 'last', logits).mean(); self.last = logits.detach()")),
    wrong("writes-into-its-tokens", "classifier-inputs-unchanged", first("kwargs['input_ids'][:, 0] = 2")),
    wrong("no-bias", "classifier-logits", (LAYER, LAYER.replace("num_labels", "num_labels, bias=False"))),
    wrong("two-layers", "classifier-logits", (LAYER, f"nn.Sequential(nn.Linear(config.hidden_size, config.hidden_size), {LAYER})")),
    wrong("in-a-list", "classifier-logits", (LAYER, f"[{LAYER}]"), ("self.classifier(cls)", "self.classifier[0](cls)")),
    wrong("another-bert-inside", "classifier-logits", (OWN_LOSS, OWN_LOSS + "        self.bert = BertModel(config)\n")),
    wrong("downloads-a-bert", "classifier-logits", (OWN_LOSS, OWN_LOSS + "        self.bert = BertModel.from_pretrained('bert-base-uncased')\n"), status="error"),
    wrong("loss-of-detached-logits", "gradients-of-the-classifier", (LOSS, "self.loss(logits.detach(), labels)")),
    wrong("detached", "gradients-of-bert", pooling("outputs.pooler_output.detach()")),
    wrong("frozen-in-the-constructor", "gradients-of-bert", (OWN_LOSS, OWN_LOSS + "        self.embeddings.requires_grad_(False)\n")),
    wrong("no-grad-round-bert", "gradients-of-the-logits", (FORWARD, f"with torch.no_grad():\n            {FORWARD}")),
    wrong("detached-in-training", "gradients-in-training", pooling("outputs.pooler_output.detach() if self.training else outputs.pooler_output")),
    wrong("noise-in-training", "gradients-in-training", pooling("F.dropout(torch.randn_like(outputs.pooler_output), 0.1) if self.training else outputs.pooler_output")),
    wrong("detached-dropout", "gradients-in-training", pooling("F.dropout(outputs.pooler_output.detach(), 0.1) if self.training else outputs.pooler_output")),
    wrong("loss-adds-up", "gradients-of-a-second-batch", first("self.calls = getattr(self, 'calls', 0) + 1"), (LOSS, f"self.calls * {LOSS}")),
    wrong("unfreezes", "frozen-bert-stays", first("self.requires_grad_(True)")),
    wrong("classifier-frozen-too", "frozen-steps", (LAYER, f"{LAYER}.requires_grad_(False)"), status="error"),
    wrong("saves-bert-alone", "through-save_pretrained", (CLASS, f"{CLASS}    _keys_to_ignore_on_save = ['classifier.weight', 'classifier.bias']\n\n")),
    wrong("state-of-bert-alone", "through-state_dict", (OWN_LOSS, OWN_LOSS + "\n    def state_dict(self, *args, **kwargs):\n        return {n: p for n, p in super().state_dict(*args, **kwargs).items() if 'classifier' not in n}\n"), status="error"),
    wrong("no-pretrained-model", "from-plain-bert", ("(BertPreTrainedModel)", "(nn.Module)"), ("__init__(config)", "__init__()"), ("        self.post_init()\n", ""), status="error", text=COMPOSED),
    wrong("bert-under-another-name", "from-plain-bert", (CLASS.replace("Bert", "BertPreTrained"), "(BertPreTrainedModel):\n    base_model_prefix = 'model'\n\n"), text=COMPOSED),
]  # fmt: skip

ASKINGS = [
    asking("smallest-logit", "largest-logit", ("np.argmax", "np.argmin")),
    asking("largest-size", "largest-logit", ("np.argmax(logits", "np.argmax(abs(logits)")),
    asking("above-zero", "largest-logit", ("np.argmax(logits,", "np.argmax(logits > 0,")),
    asking("words-turned-round", "says-negative", ("0: 'negative', 1: 'zero', 2: 'positive'", "2: 'negative', 1: 'zero', 0: 'positive'")),
    asking("neutral", "says-zero", ("'zero'", "'neutral'")),
    asking("always-negative", "says-positive", (PRINTED, "print('negative')")),
    asking("prints-the-class", "one-word", (PRINTED, "print(np.argmax(logits, axis=1)[0])")),
    asking("prints-the-logits-too", "one-word", (PRINTED, f"print(logits); {PRINTED}")),
    asking("no-mask", "unseen-padding", (CALL, "model(input_ids=ids)")),
    asking("no-special-tokens", "every-token", ("add_special_tokens=True", "add_special_tokens=False")),
    asking("three-words", "five-words", ("max_length=MAX_LEN", "max_length=5, truncation=True")),
    asking("own-tokenizing", "capitals", ("        input,\n", "        ' '.join(w if w in tokenizer.get_vocab() else '[UNK]' for w in input.split()),\n")),
    asking("remembers-its-first-answer", "same-again", (PRINTED, f"print(SEEN.setdefault(0, {PRINTED[6:-1]}))")),
]  # fmt: skip

DATA_SETS = [
    data("to-eighteen", "all-sentences", ("for a in range(20)", "for a in range(19)")),
    data("from-one", "all-sentences", ("for b in range(20)", "for b in range(1, 20)")),
    data("plus-alone", "how-many-of-each", (" ('minus', a - b)", "")),
    data("to-twenty", "no-other-sentence", ("nineteen'", "nineteen twenty'"), ("range(20):\n        for", "range(21):\n        for")),
    data("times-too", "no-other-sentence", ("('minus', a - b)", "('minus', a - b), ('times', a * b)")),
    data("twice", "each-once", ("return sentences, labels", "return sentences + sentences[:1], labels + labels[:1]")),
    data("capitals", "spelling", ("(f'{WORDS[a]} {name} {WORDS[b]}')", "(f'{WORDS[a]} {name} {WORDS[b]}'.capitalize())")),
    data("two-spaces", "spelling", ("} {name} {", "} {name}  {")),
    data("signs-themselves", "labels", ("+ 1)", "+ 0)")),
    data("zero-is-positive", "labels", ("int(np.sign(value)) + 1", "2 * int(value >= 0)")),
    data("classes-turned-round", "labels", ("int(np.sign(value)) + 1", "1 - int(np.sign(value))")),
    data("other-way-round", "labels", ("('minus', a - b)", "('minus', b - a)")),
    data("a-label-is-missing", "a-label-each", ("    sentences, labels = [], []", "    sentences, labels = ['zero plus zero'], []")),
    data("random", "data-again", ("return sentences, labels", "random.shuffle(labels); return sentences, labels")),
    data("grows", "data-again", ("    sentences, labels = [], []", "    sentences, labels = MADE, []")),
]  # fmt: skip

MUTANTS = [*CLASSIFIERS, *ASKINGS, *DATA_SETS]

VARIANTS = [
    Variant("plain", (), ITEM + ASKING + DATA),
    Variant("composed", (), ITEM, COMPOSED),
    Variant("functional-loss", ((OWN_LOSS, ""), (LOSS, "F.cross_entropy(logits, labels)")), ITEM),
    Variant("loss-by-hand", ((LOSS, "-logits.log_softmax(-1).gather(1, labels[:, None]).mean()"),), ITEM),
    Variant("second-output", ((CLS, "outputs[1]"),), ITEM),
    Variant("no-dictionary", ((FORWARD, FORWARD.replace("**", "return_dict=False, **")), (CLS, "outputs[1]")), ITEM),
    Variant("pooled-by-itself", ((CLS, "self.pooler(outputs.last_hidden_state)"),), ITEM),
    Variant("a-list", ((WITH, "outputs = [logits, self.loss(logits, labels)]"), (ALONE, "outputs = [logits]")), ITEM),
    Variant("none-for-a-loss", ((ALONE, "outputs = (logits, None)"),), ITEM),
    Variant("dropout-of-the-config", ((OWN_LOSS, OWN_LOSS + "        self.dropout = nn.Dropout(config.hidden_dropout_prob)\n"),
            (CLS, "self.dropout(outputs.pooler_output)")), ITEM),
    Variant("dropout-of-its-own", ((OWN_LOSS, OWN_LOSS + "        self.dropout = nn.Dropout(0.1)\n"),
            (CLS, "self.dropout(outputs.pooler_output)")), ITEM),
    Variant("post-init", ((OWN_LOSS, OWN_LOSS + "        self.post_init()\n"),), ITEM),
    Variant("views", ((LOSS, "self.loss(logits.view(-1, self.config.num_labels), labels.view(-1))"),), ITEM),
    Variant("single-precision-logits", ((LOGITS, LOGITS + ".float()"),), ITEM),
    Variant("single-precision-loss", ((LOSS, "self.loss(logits.float(), labels.long())"),), ITEM),
    Variant("argument-by-argument", (("labels=None, **kwargs", "input_ids=None, attention_mask=None, token_type_ids=None, labels=None"),
            (FORWARD, FORWARD.replace("**kwargs", "input_ids, attention_mask, token_type_ids"))), ITEM),
    Variant("initialised-by-hand", ((OWN_LOSS, OWN_LOSS + "        nn.init.zeros_(self.classifier.bias)\n"),), ITEM),
    Variant("returns-it", ((PRINTED, PRINTED[:-1].replace("print(", "return ")),), ASKING),
    Variant("prints-and-returns-it", ((PRINTED, f"word = {PRINTED[6:-1]}; print(word); return word"),), ASKING),
    Variant("by-torch", ((PRINTED, "print(names[int(outputs[0].argmax(-1))])"),), ASKING),
    Variant("no-padding", (("        padding='max_length',\n        max_length=MAX_LEN,\n", ""),), ASKING),
    Variant("all-that-the-tokenizer-gives", ((CALL, "model(**tokens)"),), ASKING),
    Variant("on-the-models-device", (("torch.device('cuda' if torch.cuda.is_available() else 'cpu')", "model.device"),), ASKING),
    Variant("no-labels", ((CALL, "model(labels=None, input_ids=ids, attention_mask=mask)"),), ASKING),
    Variant("with-labels", ((CALL, "model(labels=torch.tensor([0]), input_ids=ids, attention_mask=mask)"),), ASKING),
    Variant("classes-of-the-config", ((PRINTED, "print(names[np.argmax(logits.reshape(1, model.config.num_labels), axis=1)[0]])"),), ASKING),
    Variant("encoded-by-hand", (("tokens['input_ids']", "torch.tensor([tokenizer.encode(input)])"), (CALL, "model(input_ids=ids)")), ASKING),
    Variant("tuples", (("return sentences, labels", "return tuple(sentences), tuple(labels)"),), DATA),
    Variant("arrays", (("return sentences, labels", "return np.array(sentences), np.array(labels)"),), DATA),
    Variant("a-tensor-of-labels", (("return sentences, labels", "return sentences, torch.tensor(labels)"),), DATA),
    Variant("another-order", (("return sentences, labels", "return sentences[::-1], labels[::-1]"),), DATA),
    Variant("shuffled", (("return sentences, labels", "p = random.sample(range(800), 800); return [sentences[i] for i in p], [labels[i] for i in p]"),), DATA),
]  # fmt: skip
