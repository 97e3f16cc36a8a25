"""The words that are trained on unless a file is given: frequent English, and compounds of it, from no network.

`wordfreq` holds no word with a dash, so a share of compounds is put together here; else the dash would go untrained.
"""

import random
from codecs import decode as decoded
from functools import cache

from impl.nmt.pig_latin import pig_latin

LOOKED_AT = 20_000
PARTS = 3_000  # the most frequent words make compounds
COMPOUND_SHARE = 1 / 40  # as in the course's small list: 84 of 3198
SMALL = 3_198  # as many as the course's small list
LONGEST = 20  # characters in a compound, dash included; the course's decoder ends there
# What is left out, in rot13, so that this file can be shown in a classroom.
VULGAR_ANYWHERE = (
    "fuvg shpx ovgpu phag avtt juber fyhg qvyqb snttbg jnax ergneq nffubyr wnpxnff qhzonff onqnff onfgneq "
    "fphzont wvmm gjng cbea zbgures"
)
VULGAR_WHOLE = (
    "nff nffrf nefr pbpx pbpxf pbpxfhpxre qvpx qvpxf phz phzzvat gvg gvgf gvggvrf ohgg ohggf cvff cvffrq "
    "cvffrf cvffvat obbo obbof nany nahf penc penccl qnza qnzarq qnzzvg tbqqnza ubzb ubzbf snt sntf encr "
    "encrq encrf encvfg qlxr qlxrf arteb artebrf chffl chffvrf cravf intvan ubeal ubr ubrf qbhpur cevpx "
    "cevpxf fynt genaal xvxr fcvp puvax pbba zvys"
)


def large() -> list[tuple[str, str]]:
    """All the words with their Pig Latin, the same list everywhere: frequent words first, then compounds."""
    words = list(_frequent())
    compounds = _compounds(words[:PARTS], round(len(words) * COMPOUND_SHARE))
    return [(word, pig_latin(word)) for word in words + compounds]


def small() -> list[tuple[str, str]]:
    """As many of them as the course's small list has, always the same ones."""
    return random.Random("small").sample(large(), SMALL)  # noqa: S311 - a sample, not a secret


@cache
def _frequent() -> tuple[str, ...]:
    """The most frequent words of English that are letters only, without the vulgar ones."""
    from wordfreq import top_n_list

    words = top_n_list("en", LOOKED_AT)
    parts, whole = (decoded(listed, "rot13").split() for listed in (VULGAR_ANYWHERE, VULGAR_WHOLE))
    return tuple(
        word
        for word in words
        if word.isascii() and word.isalpha() and word not in whole and not any(part in word for part in parts)
    )


def _compounds(parts: list[str], count: int) -> list[str]:
    draw = random.Random("compounds")  # noqa: S311 - a sample, not a secret
    parts = [part for part in parts if len(part) > 2]
    found: dict[str, None] = {}
    while len(found) < count:
        compound = "-".join(draw.choices(parts, k=2))
        if len(pig_latin(compound)) <= LONGEST:
            found[compound] = None
    return list(found)
