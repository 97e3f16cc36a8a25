"""The commands of section 5 on a trained CLIP: `specimen similarity`, `zero-shot`, `prompts` and `hunt`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from harness.cli import inputs
from harness.cli.app import INTERRUPTED, Device, app, refuse
from harness.cli.clip_training import RUNS, wait_patiently
from harness.cli.training import check_device
from harness.typed import typed

if TYPE_CHECKING:
    from impl.clip.encoder import Encoder
    from impl.clip.folder.features import Features
    from impl.clip.hunt import Collection

MINI = "mini-clip"
Weights = Annotated[
    str, typer.Option(help="mini-clip, ViT-B-32:openai or any MODEL:TAG or MODEL:FILE of open_clip's, or a folder.")
]
Images = Annotated[
    Path | None, typer.Option(help="A folder of pictures.", show_default="500 drawn scenes, in runs/scenes")
]
Target = Annotated[
    str, typer.Option(help="The picture to find: its name in the folder, or a file.", show_default=False)
]
Words = Annotated[
    Path | None,
    typer.Option(help="Words to try, a line each.", show_default="mini-clip: a grammar; else common words"),
]
Where = Annotated[Device, typer.Option(help="Where it computes.")]
Template = Annotated[str, typer.Option(help="What is said around it, with {} in its place.")]
NOTEBOOK = "This is a photo of a {}"


@app.command()
def similarity(
    weights: Weights = MINI,
    images: Images = None,
    captions: Annotated[
        Path | None,
        typer.Option(help="JSON, from names of files to captions.", show_default="captions.json there; else the names"),
    ] = None,
    count: Annotated[int, typer.Option(help="Pictures.", min=1, max=64)] = 8,
    template: Template = "{}",
    device: Where = Device.cpu,
    out: Annotated[Path, typer.Option(help="The figure's folder.", file_okay=False)] = RUNS / "clip",
) -> None:
    """Compare captions with pictures: the handout's matrix of cosines, with the pictures on its axis.

    Exit code 0: drawn. 2: usage, or weights or pictures that cannot be read.
    """
    with _refusing(device, template):
        from impl.clip import comparison, show

        console, began = Console(), time.perf_counter()
        encoder = _encoder(weights, device, console)
        pairs = comparison.pairs(images, captions, count=count, runs=RUNS)
        path = images or RUNS / "scenes"
        found, read, features = comparison.compare(encoder, path, pairs, template, runs=RUNS)
        show.collection(console, path, features)
        files = _written(
            "similarity", found, [show.thumbnail(pair.picture.path) for pair in read], out, encoder, console
        )
        of = {"count": count, "template": template, "captions": captions and inputs.sha256(captions)}
        given = _given("5-similarity", of, weights, encoder, features if images else None)
        options = {
            "device": inputs.on(device),
            "images": images,
            "captions": captions,
            "count": count,
            "template": template,
            "out": out,
        }
        _record("5-similarity", given, typed("similarity", weights=weights, **options), out, files, began)


@app.command("zero-shot")
def zero_shot(
    image: Annotated[Path, typer.Argument(help="A picture.", show_default=False)],
    labels: Annotated[str, typer.Option(help="What it may be: a,b,c.", show_default=False)],
    weights: Weights = MINI,
    template: Template = NOTEBOOK,
    device: Where = Device.cpu,
    out: Annotated[Path, typer.Option(help="The figure's folder.", file_okay=False)] = RUNS / "clip",
) -> None:
    """Say which of some labels a picture has, by its similarity to a prompt for each.

    Exit code 0: said. 2: usage, or weights or a picture that cannot be read.
    """
    with _refusing(device, labels, template):
        from impl.clip import prompts, show
        from impl.clip.folder.decoding import read

        console = Console()
        named = [one.strip() for one in labels.split(",") if one.strip()]
        if len(named) < 2 or len(set(named)) < len(named):
            refuse(f"--labels {labels}: expected two at least, none of them twice, with commas between them.")
        picture = read(image)
        encoder = _encoder(weights, device, console)
        shares = prompts.zero_shot(encoder, [picture], named, [template])[0].tolist()
        console.print(show.labels(named, shares))
        found = {"name": image.name, "template": template, "labels": named, "probabilities": shares}
        _written("zero-shot", found, [show.thumbnail(image)], out, encoder, console)


@app.command("prompts")
def prompts_command(
    weights: Weights = MINI,
    images: Annotated[
        Path | None,
        typer.Option(
            help="A folder with a folder of pictures for each label.", show_default="drawn scenes of one thing"
        ),
    ] = None,
    device: Where = Device.cpu,
) -> None:
    """Measure what difference it makes how a label is put: several templates, and the mean of all their prompts.

    Exit code 0: measured. 2: usage, or weights or pictures that cannot be read.
    """
    with _refusing(device):
        from impl.bars import say
        from impl.clip import labelled, show, told
        from impl.clip.prompts import measure

        console = Console()
        encoder = _encoder(weights, device, console)
        some = labelled.scenes(encoder) if images is None else labelled.folders(encoder, images, runs=RUNS)
        if some.found is not None:
            show.collection(console, images or RUNS, some.found)
        measured = measure(encoder, some.features, some.truth, some.labels)
        console.print(show.templates(measured))
        say(console, told.templates(measured, f"{len(some.labels)} labels"))


@app.command()
def hunt(
    target: Target,
    caption: Annotated[str | None, typer.Option(help="What is to find it.", show_default=False)] = None,
    search: Annotated[bool, typer.Option("--search", help="Find captions by trying.")] = False,
    words: Words = None,
    weights: Weights = MINI,
    images: Images = None,
    device: Where = Device.cpu,
    out: Annotated[Path, typer.Option(help="The figure's folder.", file_okay=False)] = RUNS / "clip",
) -> None:
    """Hunt for a picture by its caption: its rank, what beat it, and with --search a caption that finds it.

    Exit code 0: hunted, wherever the target is. 2: usage, or weights or pictures that cannot be read. 130: interrupted; features are kept.
    """
    if (caption is None) is not search:
        refuse("hunt takes --caption TEXT or --search, one of the two.")
    if words is not None and not search:
        refuse("--words are what --search tries; it is not asked for.")
    if caption is not None and not caption.strip():
        refuse("--caption has no words in it.")
    with _refusing(device, caption or ""):
        from impl.clip import captions
        from impl.clip.hunt import Hunt

        console, began = Console(), time.perf_counter()
        encoder = _encoder(weights, device, console)
        grammar = captions.grammar(encoder, words)
        encoder.encode_texts([caption or ""])  # one that is too long is told before the folder is read
        hunted = Hunt(_collection(images, encoder, console, target), target)
        found = _searched(hunted, grammar, console) if caption is None else hunted.result(caption)
        files = _shown(found, hunted, out, console)
        of = {"target": found["target"], "caption": caption, "words": words and inputs.sha256(words)}
        given = _given("5", of, weights, encoder, hunted.collection.features if images else None)
        said = {"caption": caption, "search": search, "words": words, "weights": weights, "images": images, "out": out}
        command = typed("hunt", target=target, **said, device=inputs.on(device))
        _record("5", given, command, out, files, began)


def _searched(hunted: Any, grammar: Any, console: Console) -> dict[str, Any]:
    """What the best caption of a search finds, with the trail that led to it."""
    from impl.bars import Bars
    from impl.clip import captions, show

    searching = captions.Searching(hunted, grammar)
    with Bars(console, every=1) as bars:
        trail = searching.run(show.rounds(bars, searching.rounds))
    return {**hunted.result(trail.best.caption), "trail": trail.as_json()}


def _shown(found: dict[str, Any], hunted: Any, out: Path, console: Console) -> list[str]:
    from impl.clip import show, told

    console.print(show.best(found))
    sentences = [told.hunted(found)]
    if "trail" in found:
        console.print(show.trail(found["trail"]))
        found = {**found, "comment": told.searched(found["trail"], found)}
        sentences.append(found["comment"])
    if found["true_caption"] and found["true_caption"] != found["caption"]:
        sentences.append(f'The scene was drawn by "{found["true_caption"]}".')
    collection = hunted.collection
    rows = [hunted.target, *(collection.names.index(one["name"]) for one in found["best"])]
    pictures = [show.thumbnail(collection.picture(row).path) for row in rows]
    left_out = [str(one) for one in collection.features.skipped]
    said = {**found, "sentence": " ".join(sentences), "left_out": left_out}
    return _written("hunt", said, pictures, out, collection.encoder, console)


def _given(kind: str, of: dict[str, Any], weights: str, encoder: Encoder, features: Features | None) -> inputs.Inputs:
    """What a record says that it was given; there are no features to tell of drawn scenes."""
    place = RUNS / weights if weights == MINI else Path(weights)
    sha256 = inputs.digest_of(place) if place.is_dir() else encoder.fingerprint
    named = zip(features.names, features.digests, strict=True) if features else ()
    digests = [f"{name} {digest}" for name, digest in named]
    return inputs.pictures(kind, settings=of, weights_sha256=sha256, digests=digests, device=encoder.device)


def _record(kind: str, given: inputs.Inputs, command: str, out: Path, files: list[str], began: float) -> None:
    from writeup import record

    time_s = time.perf_counter() - began
    record.write(out, kind, inputs=given, seeds=[], command=command, time_s=time_s, files=files)


def _encoder(weights: str, device: Device, console: Console) -> Encoder:
    from impl.clip import show
    from impl.clip.weights import load

    encoder = load(weights, device=device.value, runs=RUNS)
    show.weights(console, encoder)
    return encoder


def _collection(images: Path | None, encoder: Encoder, console: Console, target: str) -> Collection:
    from impl.bars import Bars
    from impl.clip import show
    from impl.clip.hunt import Collection

    with Bars(console, every=1000) as bars:
        found = Collection(images, encoder, runs=RUNS, target=target, show=bars.look)
    show.collection(console, found.path, found.features)
    return found


def _written(
    kind: str, found: dict[str, Any], pictures: list[Any], out: Path, encoder: Encoder, console: Console
) -> list[str]:
    """Say what was found, and put it into a folder with its figure; -> the files' names."""
    from impl.bars import say
    from writeup import clip as paper

    if "sentence" in found:
        say(console, found["sentence"])
    of = {"weights": encoder.name, "stands_in_for": encoder.stands_in_for}
    files = paper.write(kind, {**of, **found}, pictures, out)
    say(console, f"In {out}: {', '.join(files)}")
    return files


@contextmanager
def _refusing(device: Device, *texts: str) -> Iterator[None]:
    """What cannot be read, texts among it, is a usage error; Ctrl-C is its own exit code."""
    wait_patiently()
    check_device(device)
    for text in texts:
        if text != text.encode(errors="replace").decode():
            refuse(f"{text} is not UTF-8.")
    try:
        yield
    except (ValueError, OSError) as error:
        refuse(f"{error}.")
    except KeyboardInterrupt:
        typer.echo("Interrupted. Features that were computed are kept.", err=True)
        raise typer.Exit(INTERRUPTED) from None
