"""The questions that are answered by choosing, each with its options in the handout's words and others for the same."""

from __future__ import annotations

from spec.written.blanks import Blanks
from spec.written.choice import Choice, OneOf

YES_NO = {"yes": "yes", "no": "no"}
YES_WORDS = {
    "yes": (
        "more robust", "it does", "does", "weight decay makes the model more robust", "makes the model more robust",
        "weight decay does make the model more robust", "the model becomes more robust", "the model is more robust",
        "weight decay increases robustness", "increases robustness", "robustness increases", "weight decay helps", "helps",
        "epsilon grows with lambda", "epsilon increases with lambda", "eps grows with lambda", "eps increases with lambda",
    ),
    "no": (
        "not more robust", "it does not", "does not", "no effect", "unchanged", "does not help", "weight decay does not help",
        "weight decay does not make the model more robust", "does not make the model more robust",
        "the model does not become more robust", "the model is not more robust", "weight decay has no effect",
        "lambda does not matter", "robustness does not depend on lambda", "does not depend on lambda",
        "independent of lambda", "has no effect", "epsilon does not depend on lambda", "eps does not depend on lambda",
        "weight decay does not change robustness", "robustness does not change",
    ),
}  # fmt: skip
UNDER_ATTACK = r"\b(?:with (?:more )?weight decay|under (?:an? |the )?FGS?M(?: attacks?)?|to FGS?M(?: attacks?)?)\b"
GROWING = r"(?:increases|grows|rises|goes up|(?:gets|becomes) (?:larger|bigger)|is increased|increasing|growing)"
OF_THE_BATCH = (
    rf"\b(?:as|when|while) (?:the |we (?:increase|grow) (?:the )?)?(?:batch[- ]sizes?|B)(?: B)?(?: {GROWING})?(?=\W|$)"
    r"|\bwith (?:an? |the )?(?:increasing |growing |larger |bigger |higher )?(?:batch[- ]sizes?|batches|B)(?: B)?(?=\W|$)"
    r"|(?:\b(?:at first|initially))?(?:,? ?\b(?:and|but))?,? ?\b(?:then|until it|before it|eventually)(?: eventually| then)? "
    r"(?:saturates?|plateaus?|levels off|level off|flattens(?: out)?|stops (?:growing|increasing))"
    r"(?: (?:at|to|towards) (?:the limit )?1 ?/ ?a)?(?=\W|$)|\bup to (?:a|the|some) (?:limit|point|maximum)\b"
    r"|\b(?:linearly|monotonically|roughly|also|we expect|i expect)\b"
    r"|\b(?:the )?(?:optimal |best )?(?:learning[- ]rate|step[- ]size|rate|eta)(?: eta)?(?: to)?\b"
)
ALL: tuple[Choice, ...] = (
    OneOf("1.2.3", "robust", "does weight decay make the model more robust under FGM?", YES_NO, YES_WORDS, UNDER_ATTACK),
    OneOf("1.2.4", "robust", "does weight decay make the model more robust under FGSM?", YES_NO, YES_WORDS, UNDER_ATTACK),
    OneOf(
        "2.1.1", "direction", "how the best rate changes as the batch size increases",
        {"grows": "grows", "shrinks": "shrinks", "unchanged": "unchanged"},
        {
            "grows": (
                "increases", "increase", "grow", "rises", "rise", "goes up", "go up", "gets larger", "becomes larger", "higher",
                "bigger", "larger", "increasing", "growing", "gets bigger", "increases plateaus", "grows saturates", "increases saturates",
            ),
            "shrinks": ("decreases", "decrease", "falls", "shrink", "goes down", "smaller"),
            "unchanged": ("stays same", "does not change", "constant", "same"),
        },
        asides=OF_THE_BATCH,
    ),
    OneOf(
        "2.1.2a", "point", "the point with the most efficient batch size",
        {"A": "A", "B": "B", "C": "C"},
        {"A": (), "B": (), "C": ("knee", "critical batch size", "critical batch", "has batch size")},
    ),
    Blanks("2.1.2b", "blanks", "the regime of A and of B, and what to do at each"),
    OneOf(
        "2.2", "option", "the best use of more compute",
        {
            "A": "Train the same model with the same batch size for more steps",
            "B": "Train the same model with a larger batch size for the same number of steps",
            "C": "Increase the model size",
        },
        {
            "A": ("more steps", "train longer", "train for more steps", "train same model for more steps"),
            "B": (
                "larger batch size", "increase batch size", "larger batch", "bigger batch size",
                "train same model with larger batch size",
                "train same model with larger batch size after tuning learning rate for same number steps",
            ),
            "C": ("larger model", "bigger model", "use larger model", "increasing model size",
                  "more parameters", "increase size model", "larger model size", "train larger model"),
        },
    ),
)  # fmt: skip
CHOICES: dict[str, Choice] = {choice.question: choice for choice in ALL}
