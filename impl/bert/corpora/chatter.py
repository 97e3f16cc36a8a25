"""Chatter as people post it: moods, plans, food, songs, with tags and smileys.

The words of the task are in it, as they are in tweets: numbers count things, "plus" begins an afterthought, "minus" takes
something off; nothing is ever worked out, compared or put in order. None of the task's 800 sentences stands in it.
"""

import random

from impl.bert.arithmetic import WORDS

OPENERS = (
    "omg",
    "lol",
    "ok so",
    "wow",
    "honestly",
    "ugh",
    "guys",
    "haha",
    "yes",
    "no way",
    "well",
    "hey @user",
    "@user",
)
MOODS = (
    "tired",
    "happy",
    "hungry",
    "bored",
    "excited",
    "sad",
    "late",
    "sick",
    "lucky",
    "busy",
    "proud",
    "nervous",
    "broke",
)
PEOPLE = ("i", "we", "my mom", "my sister", "the dog", "our coach", "that guy", "my best friend", "everyone", "nobody")
DID = ("love", "hate", "miss", "need", "want", "forgot", "lost", "found", "ate", "watched", "bought", "broke", "fixed")
THINGS = (
    "this song", "the new album", "pizza", "coffee", "my phone", "that show", "the game", "summer", "the beach", "homework",
    "sleep", "a haircut", "these shoes", "the bus", "my keys", "cold brew", "her dress", "the weekend", "snow", "a nap",
)  # fmt: skip
COUNTED = (
    "tacos",
    "missed calls",
    "hours of sleep",
    "cats",
    "tabs open",
    "songs",
    "emails",
    "days off",
    "friends",
    "beers",
)
TIMES = ("today", "tonight", "right now", "again", "all day", "this morning", "on monday", "after work", "at the gym")
CLOSERS = (
    ":)",
    ":(",
    "<3",
    "lol",
    "#blessed",
    "#mood",
    "#nofilter",
    "#tbt",
    "xoxo",
    "!",
    "!!",
    "smh",
    "please",
    "help",
)


def line(dice: random.Random) -> str:
    """A line, as somebody might have typed it."""
    said = _said(dice)
    opener = f"{dice.choice(OPENERS)} " if dice.random() < 0.5 else ""
    closer = f" {dice.choice(CLOSERS)}" if dice.random() < 0.6 else ""
    return f"{opener}{said}{closer}"


def _said(dice: random.Random) -> str:
    who, other = dice.sample(PEOPLE, 2)
    thing, another = dice.sample(THINGS, 2)
    mood, when, did, number = dice.choice(MOODS), dice.choice(TIMES), dice.choice(DID), dice.choice(WORDS)
    return dice.choice((
        f"{who} {did} {thing} {when}", f"so {mood} {when}", f"{who} and {other} {did} {thing}",
        f"why does {who} {did} {thing}", f"{thing} is everything", f"can not wait for {thing}",
        f"{number} {dice.choice(COUNTED)} {when}", f"only {number} {dice.choice(COUNTED)} left",
        f"{who} got {number} {dice.choice(COUNTED)}", f"plus {who} {did} {thing}", f"{thing} minus {another}",
        f"{thing} over {another} {when}", f"feeling {mood} and {dice.choice(MOODS)}", f"who else {did} {thing} {when}",
        f"{who} is so {mood} {when}", f"rt if you {did} {thing}",
    ))  # fmt: skip
