"""The questions that are answered by choosing, each with its options in the handout's words and others for the same."""

from __future__ import annotations

from spec.written.blanks import Blanks
from spec.written.choice import Choice, OneOf

YES_NO = {"yes": "yes", "no": "no"}
YES_WORDS = {
    "yes": ("more robust", "yes more robust", "it does", "yes it does", "does"),
    "no": (
        "not more robust",
        "no not more robust",
        "it does not",
        "no it does not",
        "no effect",
        "unchanged",
        "does not",
    ),
}
ALL: tuple[Choice, ...] = (
    OneOf("1.2.3", "robust", "does weight decay make the model more robust under FGM?", YES_NO, YES_WORDS),
    OneOf("1.2.4", "robust", "does weight decay make the model more robust under FGSM?", YES_NO, YES_WORDS),
    OneOf(
        "2.1.1", "direction", "how the best rate changes as the batch size increases",
        {"grows": "grows", "shrinks": "shrinks", "unchanged": "unchanged"},
        {
            "grows": (
                "optimal learning rate increases", "best learning rate increases", "optimal rate increases",
                "learning rate increases", "rate increases", "gets larger", "becomes larger", "higher", "bigger",
                "increases then plateaus", "increases plateaus", "increases", "increase", "grow", "grows saturates", "increases saturates", "goes up", "larger"),
            "shrinks": ("decreases", "decrease", "falls", "shrink", "goes down", "smaller"),
            "unchanged": ("stays same", "does not change", "constant", "same"),
        },
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
            "C": ("larger model", "bigger model", "increase size model", "larger model size", "train larger model"),
        },
    ),
)  # fmt: skip
CHOICES: dict[str, Choice] = {choice.question: choice for choice in ALL}
