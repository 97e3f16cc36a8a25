"""Wrong similarities, classes, rankings, losses and captions of section 5; and right ones that look otherwise."""

from tests.harness.mutants import Edit, Mutant, Variant
from tests.harness.mutants.clip_texts import BY_HAND

SIMILARITY, CLASSES, RANKING, LOSS = (
    ("similarity_matrix",),
    ("zero_shot_probabilities",),
    ("rank_images",),
    ("contrastive_loss",),
)
COMPARE, CLASSIFY, RETRIEVE = ("compare_images",), ("classify_images",), ("retrieve_images",)
FUNCTIONS = SIMILARITY + CLASSES + RANKING + LOSS
CAPTION = ("caption",)

IMAGES = "images = image_features / image_features.norm(dim=-1, keepdim=True)"
TEXTS = "texts = text_features / text_features.norm(dim=-1, keepdim=True)"
PRODUCT = "texts @ images.T"
COSINES = f"{IMAGES}\n    {TEXTS}\n    return {PRODUCT}"
SOFTMAX = "(100.0 * similarity_matrix(image_features, text_features).T).softmax(dim=-1)"
OVER_ALL = "(100.0 * similarity_matrix(image_features, text_features)).softmax(dim=-1)"
TOP = "probs, indices = over_all.topk(k, dim=-1)"
LOGITS = "logits = logit_scale * images @ texts.T"
ROWS, COLUMNS = "F.cross_entropy(logits, labels)", "F.cross_entropy(logits.T, labels)"
MEAN = f"({ROWS} + {COLUMNS}) / 2"
ENCODE_IMAGES, ENCODE_TEXTS = "image_features = model.encode_image(images)", "text_features = model.encode_text(tokens)"
EQUAL = "# the features are made"


def wrong(name: str, law: str, *edits: Edit, of: tuple[str, ...], status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, of, status)


def everywhere(what: str) -> Edit:
    """Something done once features are there."""
    return EQUAL, f"{what}  {EQUAL}"


FEATURES = [
    wrong("images-as-they-are", "feature-length", (IMAGES, "images = image_features"), of=SIMILARITY + LOSS),
    wrong("texts-as-they-are", "feature-length", (TEXTS, "texts = text_features"), of=CLASSES),
    wrong("length-of-all", "images-apart", (IMAGES, "images = image_features / image_features.norm()"), of=COMPARE + CLASSES),
    wrong("length-of-a-column", "similarity", (IMAGES, IMAGES.replace("dim=-1", "dim=0")), of=SIMILARITY),
    wrong("sum-for-a-length", "feature-length-1000", (IMAGES, "images = image_features / image_features.sum(-1, keepdim=True)"), of=SIMILARITY),
    wrong("square-for-a-length", "feature-length-0.1", (IMAGES, "images = image_features / (image_features ** 2).sum(-1, keepdim=True)"), of=SIMILARITY),
    wrong("half-precision", "similarity", (PRODUCT, "(texts.half() @ images.half().T).float()"), of=SIMILARITY),
    wrong("bounded-lengths", "feature-length-1000", (IMAGES, IMAGES.replace(".norm(dim=-1, keepdim=True)", ".norm(dim=-1, keepdim=True).clamp(max=100)")), of=SIMILARITY),
    wrong("in-place", "features-unchanged", (IMAGES, "image_features /= image_features.norm(dim=-1, keepdim=True); images = image_features"), of=SIMILARITY),
    wrong("pixels-in-place", "features-unchanged", (ENCODE_IMAGES, "image_features = model.encode_image(images.sub_(0.5).add_(0.25))"), of=COMPARE),
    wrong("views", "features-anywhere", (IMAGES, "images = F.normalize(image_features.view(-1).view(image_features.shape), dim=-1)"), of=SIMILARITY, status="error"),
    wrong("first-texts-kept", "another-call", (TEXTS, "text_features = SEEN.setdefault(text_features.shape[-1], text_features); " + TEXTS), of=SIMILARITY, status="broken"),
    wrong("one-place-for-all", "another-call", (PRODUCT, "SEEN.setdefault(len(texts), torch.zeros(len(texts), 64))[:, :len(images)].copy_(texts @ images.T)"), of=SIMILARITY),
    wrong("images-first", "order-of-images", (PRODUCT, "images @ texts.T"), of=SIMILARITY),
    wrong("squeezed", "images-1-texts-1", (PRODUCT, "(texts @ images.T).squeeze()"), of=SIMILARITY),
    wrong("one-image-squeezed", "images-1-texts-4", (PRODUCT, "(texts @ images.T).squeeze(1)"), of=SIMILARITY),
    wrong("one-text-squeezed", "images-4-texts-1", (PRODUCT, "(texts @ images.T).squeeze(0)"), of=SIMILARITY),
    wrong("transposed-where-square", "similarity", (PRODUCT, "(texts @ images.T) if len(texts) != len(images) else images @ texts.T"), of=SIMILARITY),
    wrong("thirty-two-at-once", "images-40-texts-20", (PRODUCT, "texts @ torch.cat([images[:32], images[:len(images) - 32 if len(images) > 32 else 0]]).T"), of=SIMILARITY),
    wrong("sorted-images", "order-of-images", (PRODUCT, "(texts @ images.T).sort(dim=-1)[0]"), of=SIMILARITY),
    wrong("sorted-texts", "order-of-texts", (PRODUCT, "(texts @ images.T).sort(dim=0)[0]"), of=SIMILARITY),
    wrong("without-the-mean", "images-apart", (IMAGES, "images = F.normalize(image_features - image_features.mean(0), dim=-1)"), of=SIMILARITY),
    wrong("without-the-mean-text", "texts-apart", (TEXTS, "texts = F.normalize(text_features - text_features.mean(0), dim=-1)"), of=SIMILARITY),
    wrong("distances", "same-direction", (PRODUCT, "-torch.cdist(texts, images)"), of=SIMILARITY),
    wrong("angles", "similarity", (PRODUCT, "(texts @ images.T).clamp(-1, 1).arccos()"), of=SIMILARITY),
    wrong("never-negative", "same-direction", (PRODUCT, "(texts @ images.T).clamp(min=0)"), of=SIMILARITY),
    wrong("texts-weigh-more", "both-ways-alike", (TEXTS, "texts = F.normalize(text_features * torch.linspace(1, 2, text_features.shape[-1]), dim=-1)"), of=SIMILARITY),
]  # fmt: skip

ASKED = [
    wrong("scale-of-one", "class-probabilities", (SOFTMAX, SOFTMAX.replace("100.0 * ", "")), of=CLASSES),
    wrong("scale-of-ten", "scale-of-100", (SOFTMAX, SOFTMAX.replace("100.0", "10.0")), of=CLASSES),
    wrong("over-the-images", "classes-sum-to-one", (SOFTMAX, SOFTMAX.replace("-1", "0")), of=CLASSES + CLASSIFY),
    wrong("logits", "one-class", (SOFTMAX, SOFTMAX.removesuffix(".softmax(dim=-1)")), of=CLASSES),
    wrong("sigmoid", "class-probabilities", (SOFTMAX, SOFTMAX.replace("softmax(dim=-1)", "sigmoid()")), of=CLASSES),
    wrong("exponentials-as-they-are", "class-like-the-picture", (SOFTMAX, SOFTMAX.replace(".softmax(dim=-1)", ".exp()").join(["(e := ", ") / e.sum(-1, keepdim=True)"])), of=CLASSES),
    wrong("only-one-of-the-same", "same-class-twice", (SOFTMAX, f"{SOFTMAX} * (torch.arange(len(text_features)) == {SOFTMAX}.argmax(-1, keepdim=True))"), of=CLASSES),
    wrong("rows-are-classes", "images-2-texts-5", (SOFTMAX, f"{SOFTMAX}.T"), of=CLASSES),
    wrong("sorted-classes", "order-of-texts", (SOFTMAX, f"{SOFTMAX}.sort(-1, descending=True)[0]"), of=CLASSES),
    wrong("images-for-texts", "similarity", (ENCODE_TEXTS, "text_features = model.encode_text(tokens.flip(0))"), of=COMPARE),
    wrong("first-token", "similarity", (ENCODE_TEXTS, "text_features = model.encode_text(tokens[:, :1])"), of=COMPARE),
    wrong("first-class-for-all", "class-probabilities", (ENCODE_TEXTS, "text_features = model.encode_text(tokens[:1].expand(tokens.shape))"), of=CLASSIFY),
    wrong("one-picture-at-a-time", "probabilities-over-all", (ENCODE_IMAGES, "image_features = torch.stack([model.encode_image(images[:1])[0] for _ in images])"), of=RETRIEVE),
]  # fmt: skip

RANKINGS = [
    wrong("least-likely", "likeliest-images", (TOP, TOP.replace("dim=-1", "dim=-1, largest=False")), of=RANKING + RETRIEVE),
    wrong("rising", "falling-order", (TOP, f"{TOP}; probs, indices = probs.flip(-1), indices.flip(-1)"), of=RANKING),
    wrong("unsorted", "falling-order", (TOP, f"{TOP}; indices = indices.sort(-1)[0]; probs = over_all.gather(-1, indices)"), of=RANKING),
    wrong("probabilities-first", "likeliest-images", ("return indices, probs", "return probs, indices"), of=RANKING),
    wrong("among-the-k", "probabilities-over-all", (TOP, f"{TOP}; probs = probs / probs.sum(-1, keepdim=True)"), of=RANKING),
    wrong("among-the-k-of-one", "first-image", (TOP, f"{TOP}; probs = probs / probs.sum(-1, keepdim=True)"), of=RANKING),
    wrong("over-the-texts", "texts-apart", (OVER_ALL, OVER_ALL.replace("dim=-1", "dim=0")), of=RANKING + RETRIEVE),
    wrong("similarities", "probabilities-over-all", (OVER_ALL, "similarity_matrix(image_features, text_features)"), of=RANKING),
    wrong("exponentials-as-they-are", "caption-like-the-image", (OVER_ALL, OVER_ALL.replace(".softmax(dim=-1)", ".exp()").join(["(e := ", ") / e.sum(-1, keepdim=True)"])), of=RANKING),
    wrong("first-text-for-all", "likeliest-images", (TOP, f"{TOP}; indices = indices[:1].expand(indices.shape)"), of=RANKING),
    wrong("counted-from-one", "likeliest-images", ("return indices, probs", "return indices + 1, probs"), of=RANKING),
    wrong("one-is-no-axis", "first-image", (TOP, f"{TOP}; indices, probs = indices.squeeze(-1), probs.squeeze(-1)"), of=RANKING),
    wrong("four-at-most", "all-images", (TOP, "probs, indices = over_all.topk(min(k, 4), dim=-1)"), of=RANKING),
    wrong("softer-with-fewer", "fewer-images", (OVER_ALL, OVER_ALL.replace("100.0", "(100.0 if k == len(image_features) else 99.0)")), of=RANKING),
    wrong("ranks", "images-elsewhere", ("return indices, probs", "return over_all.argsort(-1, descending=True).argsort(-1)[:, :k], probs"), of=RANKING),
    wrong("equal-pictures-at-one-index", "twin-images", (TOP, f"{TOP}; indices = (over_all[:, None] >= probs[..., None] - 1e-5).float().argmax(-1)"), of=RANKING),
]  # fmt: skip

LOSSES = [
    wrong("images-alone", "images-for-texts", (MEAN, ROWS), of=LOSS),
    wrong("texts-alone", "contrastive-loss", (MEAN, COLUMNS), of=LOSS),
    wrong("one-way-twice", "images-for-texts", (MEAN, MEAN.replace("logits.T", "logits")), of=LOSS),
    wrong("sum-of-both", "contrastive-loss", (MEAN, MEAN.removesuffix(" / 2")), of=LOSS),
    wrong("sum-over-pairs", "contrastive-loss", (MEAN, MEAN.replace("labels)", "labels, reduction='sum')")), of=LOSS),
    wrong("a-loss-a-pair", "contrastive-loss", (MEAN, MEAN.replace("labels)", "labels, reduction='none')")), of=LOSS),
    wrong("first-text-for-all", "order-of-pairs", ("torch.arange(len(logits))", "torch.zeros(len(logits), dtype=torch.long)"), of=LOSS),
    wrong("reversed-pairs", "contrastive-loss", ("torch.arange(len(logits))", "torch.arange(len(logits)).flip(0)"), of=LOSS),
    wrong("logarithm-of-the-scale", "scale-is-the-factor", (LOGITS, LOGITS.replace("logit_scale", "logit_scale.exp()")), of=LOSS),
    wrong("divided-by-the-scale", "contrastive-loss", (LOGITS, LOGITS.replace("logit_scale *", "(1 / logit_scale) *")), of=LOSS),
    wrong("scale-of-100", "scale-of-zero", (LOGITS, LOGITS.replace("logit_scale", "100.0")), of=LOSS),
    wrong("scale-bounded", "scale-is-the-factor", (LOGITS, LOGITS.replace("logit_scale", "logit_scale.clamp(max=50)")), of=LOSS),
    wrong("scale-detached", "contrastive-gradient-of-logit_scale", (LOGITS, LOGITS.replace("logit_scale", "logit_scale.item()")), of=LOSS),
    wrong("images-detached", "contrastive-gradient-of-image_features", (LOGITS, LOGITS.replace("images", "images.detach()")), of=LOSS),
    wrong("texts-detached", "contrastive-gradient-of-text_features", (LOGITS, LOGITS.replace("texts.T", "texts.detach().T")), of=LOSS),
    wrong("length-detached", "contrastive-gradient-of-image_features", (IMAGES, IMAGES.replace("keepdim=True)", "keepdim=True).detach()")), of=LOSS),
    wrong("length-of-texts-detached", "contrastive-gradient-of-text_features", (TEXTS, TEXTS.replace("keepdim=True)", "keepdim=True).detach()")), of=LOSS),
    wrong("straight-through", "gradients-of-longer-features", (IMAGES, "images = image_features + (F.normalize(image_features, dim=-1) - image_features).detach()"), of=LOSS),
    wrong("a-number", "contrastive-gradient-of-image_features", (MEAN, f"({MEAN}).item()"), of=LOSS),
    wrong("log-of-softmax", "scale-is-the-factor", (ROWS, "-logits.softmax(1).diag().log().mean()"), of=LOSS),
    wrong("exponentials-as-they-are", "scale-is-the-factor", (ROWS, "(logits.exp().sum(1).log() - logits.diag()).mean()"), of=LOSS),
    wrong("one-pair-is-undefined", "one-pair", (MEAN, f"({MEAN}) * len(logits) / (len(logits) - 1)"), of=LOSS),
    wrong("without-itself", "scale-of-zero", (ROWS, "((logits - torch.diag(torch.full((len(logits),), torch.inf))).logsumexp(1) - logits.diag()).mean()"), of=LOSS),
    wrong("adds-up", "pairs-again", (LOGITS, f"SEEN['calls'] = SEEN.get('calls', 0) + 1; {LOGITS} * SEEN['calls']"), of=LOSS),
    wrong("gradient-of-one", "gradients-times-a-cotangent", (MEAN, f"OfOne.apply({MEAN})"), of=LOSS),
]  # fmt: skip

CAPTIONS = [
    wrong("blank", "target-first", ("three clownfish in a sea anemone", ""), of=CAPTION),
    wrong("spaces", "target-first", ("three clownfish in a sea anemone", r" \n\t "), of=CAPTION),
    wrong("a-number", "target-first", ("'three clownfish in a sea anemone'", "42"), of=CAPTION),
    wrong("nothing", "target-first", ("'three clownfish in a sea anemone'", "None"), of=CAPTION),
    wrong("two-texts", "target-first", ("'three clownfish in a sea anemone'", "['three clownfish', 'a sea anemone']"), of=CAPTION),
    wrong("no-text-in-a-list", "target-first", ("'three clownfish in a sea anemone'", "[]"), of=CAPTION),
    wrong("bytes", "target-first", ("'three", "b'three"), of=CAPTION),
    wrong("a-book", "target-first", ("anemone'", "anemone' * 1000"), of=CAPTION),
    wrong("ten-megabytes", "target-first", ("anemone'", "anemone' * 300_000"), of=CAPTION),
    wrong("of-a-model-that-is-not-there", "target-first", ("caption = ", "import clip\ncaption = clip.caption or "), of=CAPTION, status="error"),
]  # fmt: skip

MUTANTS = [*FEATURES, *ASKED, *RANKINGS, *LOSSES, *CAPTIONS]


def right(name: str, *edits: Edit, of: tuple[str, ...], text: str | None = None) -> Variant:
    return Variant(name, edits, of, text)


NORMALIZED = (
    (IMAGES, "images = F.normalize(image_features, dim=-1)"),
    (TEXTS, "texts = F.normalize(text_features, dim=1)"),
)
IN_NUMPY = (
    (IMAGES, "images = image_features.numpy(); images = images / np.linalg.norm(images, axis=1, keepdims=True)"),
    (TEXTS, "texts = text_features.numpy(); texts = texts / np.linalg.norm(texts, axis=1, keepdims=True)"),
)

VARIANTS = [
    right("plain", of=FUNCTIONS),
    right("by-hand", of=FUNCTIONS, text=BY_HAND),
    right("normalize", *NORMALIZED, of=LOSS),
    right("einsum", (PRODUCT, "torch.einsum('td,id->ti', texts, images)"), of=SIMILARITY),
    right("numpy-all-the-way", *IN_NUMPY, of=SIMILARITY),
    right("numpy-inside", *IN_NUMPY, (PRODUCT, "torch.from_numpy(texts @ images.T)"), of=RANKING),
    right("double-precision", (IMAGES, "images = F.normalize(image_features.double(), dim=-1)"), (TEXTS, "texts = F.normalize(text_features.double(), dim=-1)"), of=CLASSES),
    right("after-the-product", (PRODUCT, "(text_features @ image_features.T) / (text_features.norm(dim=-1)[:, None] * image_features.norm(dim=-1))"), of=SIMILARITY),
    right("log-softmax", (SOFTMAX, SOFTMAX.replace("softmax(dim=-1)", "log_softmax(dim=-1).exp()")), of=CLASSES),
    right("a-list", (SOFTMAX, f"{SOFTMAX}.tolist()"), of=CLASSES),
    right("argsort", (TOP, "indices = over_all.argsort(dim=-1, descending=True)[:, :k]; probs = over_all.gather(-1, indices)"), of=RANKING),
    right("the-other-of-two-that-tie", (TOP, "probs, indices = over_all.flip(-1).sort(dim=-1, descending=True, stable=True); probs, indices = probs[:, :k], len(image_features) - 1 - indices[:, :k]"), of=RANKING),
    right("by-similarity", (TOP, "indices = similarity_matrix(image_features, text_features).topk(k).indices; probs = over_all.gather(-1, indices)"), of=RANKING),
    right("numpy-s-argsort", (TOP, "indices = np.argsort(-over_all.numpy(), axis=-1)[:, :k]; probs = np.take_along_axis(over_all.numpy(), indices, -1)"), of=RANKING),
    right("int32", ("return indices, probs", "return indices.int(), probs"), of=RANKING),
    right("a-little-more-than-the-length", (IMAGES, "images = image_features / (image_features.norm(dim=-1, keepdim=True) + 1e-8)"), of=SIMILARITY),
    right("open-clip-s-loss", (MEAN, "__import__('open_clip').ClipLoss()(images, texts, logit_scale)"), of=LOSS),
    right("as-clip-calls-itself", (SOFTMAX, "MODEL[0](*MODEL[1:])[0].softmax(dim=-1)"), everywhere("MODEL[:] = [model, images.type(model.dtype), tokens]"), of=CLASSIFY),
    right("lists", ("return indices, probs", "return [indices.tolist(), probs.tolist()]"), of=RANKING),
    right("logsumexp", (MEAN, "((logits.logsumexp(0) + logits.logsumexp(1)) / 2 - logits.diag()).mean()"), of=LOSS),
    right("both-in-one", (MEAN, "F.cross_entropy(torch.cat([logits, logits.T]), labels.repeat(2))"), of=LOSS),
    right("in-an-array-of-one", (MEAN, f"({MEAN})[None]"), of=LOSS),
    right("asks-for-normalized", (ENCODE_IMAGES, "image_features = model.encode_image(images, normalize=True)"), of=CLASSIFY),
    right("the-model-s-own-scale", (SOFTMAX, "(MODEL[0].logit_scale.exp() * similarity_matrix(image_features, text_features).T).softmax(dim=-1)"), everywhere("MODEL[0] = model"), of=CLASSIFY),
    right("without-gradients", (ENCODE_IMAGES, f"model.eval(); torch.set_grad_enabled(False); {ENCODE_IMAGES}"), of=COMPARE),
    right("one-by-one", (ENCODE_IMAGES, "image_features = torch.cat([model.encode_image(image[None]) for image in images])"), of=RETRIEVE),
]  # fmt: skip
