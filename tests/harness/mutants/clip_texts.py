"""What section 5 looks like in a submission, plainly: mutants and variants are edits of these."""

COSINES = """
import numpy as np
import torch
import torch.nn.functional as F

SEEN, MODEL = {}, [None]


def similarity_matrix(image_features, text_features):
    images = image_features / image_features.norm(dim=-1, keepdim=True)
    texts = text_features / text_features.norm(dim=-1, keepdim=True)
    return texts @ images.T
"""

CLASSES = """

def zero_shot_probabilities(image_features, text_features):
    return (100.0 * similarity_matrix(image_features, text_features).T).softmax(dim=-1)
"""

RANKING = """

def rank_images(image_features, text_features, k):
    over_all = (100.0 * similarity_matrix(image_features, text_features)).softmax(dim=-1)
    probs, indices = over_all.topk(k, dim=-1)
    return indices, probs
"""

LOSS = """
import torch
import torch.nn.functional as F

SEEN = {}


class OfOne(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, d):
        return torch.ones_like(d)


def contrastive_loss(image_features, text_features, logit_scale):
    images = image_features / image_features.norm(dim=-1, keepdim=True)
    texts = text_features / text_features.norm(dim=-1, keepdim=True)
    logits = logit_scale * images @ texts.T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
"""

WITH_MODEL = """

def {name}(images, tokens, model{more}):
    image_features = model.encode_image(images)
    text_features = model.encode_text(tokens)
    # the features are made
    return {of}(image_features.detach(), text_features.detach(){more})
"""

BY_HAND = """
import numpy as np
import torch


def cosine(a, b):
    return torch.cosine_similarity(a[None, :, :], b[:, None, :], dim=-1)


def softmax(x):
    powers = (x - x.max(dim=1, keepdim=True)[0]).exp()
    return powers / powers.sum(dim=1, keepdim=True)


def similarity_matrix(image_features, text_features):
    return np.array([[float(image @ text / (image @ image * (text @ text)) ** 0.5) for image in image_features]
                     for text in text_features])


def zero_shot_probabilities(image_features, text_features):
    return softmax(cosine(text_features, image_features) * 100).numpy()


def rank_images(image_features, text_features, k):
    indices, probs = [], []
    for row in softmax(cosine(image_features, text_features) * 100):
        order = sorted(range(len(row)), key=lambda i: -row[i])[:k]
        indices.append(order)
        probs.append([row[i].item() for i in order])
    return np.array(indices), torch.tensor(probs)


def contrastive_loss(image_features, text_features, logit_scale):
    logits = torch.cosine_similarity(image_features[:, None], text_features[None], dim=-1) * logit_scale
    total = 0
    for i in range(len(logits)):
        total = total + logits[i].logsumexp(0) - logits[i, i] + logits[:, i].logsumexp(0) - logits[i, i]
    return total / (2 * len(logits))


def made(images, tokens, model):
    with torch.no_grad():
        return model.encode_image(images), model.encode_text(tokens)


def compare_images(images, tokens, model):
    return cosine(*made(images, tokens, model))


def classify_images(images, tokens, model):
    return zero_shot_probabilities(*made(images, tokens, model))


def retrieve_images(images, tokens, model, k):
    return rank_images(*made(images, tokens, model), k=k)
"""

CAPTION = """
caption = 'three clownfish in a sea anemone'
"""

SOURCES = {
    "similarity_matrix": COSINES,
    "zero_shot_probabilities": COSINES + CLASSES,
    "rank_images": COSINES + RANKING,
    "contrastive_loss": LOSS,
    "compare_images": COSINES + WITH_MODEL.format(name="compare_images", of="similarity_matrix", more=""),
    "classify_images": COSINES
    + CLASSES
    + WITH_MODEL.format(name="classify_images", of="zero_shot_probabilities", more=""),
    "retrieve_images": COSINES + RANKING + WITH_MODEL.format(name="retrieve_images", of="rank_images", more=", k"),
    "caption": CAPTION,
}
