"""Wrong tensors, losses, encodings and Pig Latin; and right ones that look otherwise."""

from tests.harness.mutants import Edit, Mutant, Variant

TENSORS = ("generate_tensors_for_training_decoder_nmt",)
ENCODINGS, LOSS, WORDS = ("sinusoidal_encodings",), ("target_loss",), ("pig_latin",)
DECODING = ("translate", "translate_with_encoder")
WHOLE = "src_EOP_tgt_EOS = torch.cat([src_EOP, tgt_EOS], dim=1)"
INPUTS = "torch.cat([sos_vector, src_EOP, tgt_EOS[:, :-1]], dim=1)"
SPAN = "logits[:, -tgt_EOS.size(1):, :]"
CROSS = "F.cross_entropy(predictions.reshape(-1, predictions.size(2)), tgt_EOS.reshape(-1))"


def tensors(name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, TENSORS, status)


def loss(name: str, law: str, *edits: Edit, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, LOSS, status)


def encodings(name: str, law: str, *edits: Edit) -> Mutant:
    return Mutant(name, law, edits, ENCODINGS)


def words(name: str, law: str, *edits: Edit) -> Mutant:
    return Mutant(name, law, edits, WORDS)


def greedy(name: str, law: str, *edits: Edit, items: tuple[str, ...] = DECODING, status: str = "broken") -> Mutant:
    return Mutant(name, law, edits, items, status)


MUTANTS = [
    greedy("no-eop", "greedy", ("+ [idx_dict['end_prompt_token']]", ""), items=DECODING[:1]),
    greedy("no-sos", "greedy", ("[idx_dict['start_token']] + indexes", "indexes"), items=DECODING[:1]),
    greedy("source-without-its-eos", "greedy", ("indexes + [idx_dict['end_token']]", "indexes"), items=DECODING[1:]),
    greedy("first-position", "greedy", ("logits[0, -1]", "logits[0, 0]")),
    greedy("least-likely", "greedy", (".argmax()", ".argmin()")),
    greedy("sampled", "greedy", (".argmax()", ".div(100).softmax(-1).multinomial(1)"), status="flaky"),
    greedy("forgets-what-it-said", "greedy", ("prompt + said]", "prompt + said[-1:]]")),
    greedy("goes-on-after-eos", "stops-at-eos", ("            break", "            token = 0")),
    greedy("says-eos", "stops-at-eos", ("            break", "            said.append(token); break")),
    greedy("nineteen", "stops-at-20", ("limit = 20", "limit = 19")),
    greedy("as-long-as-the-word", "stops-at-20", ("limit = 20", "limit = len(input_string) + 3")),
    greedy("cut-at-twenty", "long-words", ("in input_string]", "in input_string[:20]]")),
    greedy(
        "one-letter-as-it-is",
        "one-letter",
        ("    limit = 20", "    limit = 20\n    if len(input_string) == 1: return input_string"),
    ),
    tensors("no-sos", "decoder-inputs", (INPUTS, "torch.cat([src_EOP, tgt_EOS], dim=1)")),
    tensors("eos-kept-in-the-inputs", "decoder-inputs", (INPUTS, INPUTS.replace("[:, :-1]", ""))),
    tensors("sos-behind", "shift", (INPUTS, "torch.cat([src_EOP, tgt_EOS[:, :-1], sos_vector], dim=1)")),
    tensors(
        "shifted-by-two", "shift", (INPUTS, "torch.cat([sos_vector, sos_vector, src_EOP, tgt_EOS[:, :-2]], dim=1)")
    ),
    tensors("eop-left-out", "eop-predicts", (INPUTS, INPUTS.replace("src_EOP", "src_EOP[:, :-1]"))),
    tensors("eop-left-out-of-both", "decoder-targets", (WHOLE, WHOLE.replace("[src_EOP,", "[src_EOP[:, :-1],"))),
    tensors(
        "target-before-source", "decoder-targets", (WHOLE, WHOLE.replace("src_EOP, tgt_EOS]", "tgt_EOS, src_EOP]"))
    ),
    tensors("targets-without-eos", "decoder-targets", (WHOLE, WHOLE.replace("tgt_EOS]", "tgt_EOS[:, :-1]]"))),
    tensors("target-twice", "eop-predicts", (WHOLE, WHOLE.replace("[src_EOP, tgt_EOS]", "[src_EOP, tgt_EOS.flip(1)]"))),
    tensors("twenty-seven", "start-token", ("1), start_token", "1), 27")),
    tensors("sos-is-float", "tokens-int64", ("dtype=torch.long", "dtype=torch.float")),
    tensors("int32", "tokens-int64", ("return SOS_src_EOP_tgt,", "return SOS_src_EOP_tgt.int(),")),
    tensors("one-row-for-all", "rows", (INPUTS, INPUTS + "[:1].repeat(len(src_EOP), 1)")),
    tensors("squeezed", "rows", (INPUTS, INPUTS + ".squeeze(0)")),
    tensors(
        "empty-target-refused",
        "empty-words",
        (
            INPUTS,
            "torch.cat([sos_vector, src_EOP] + [tgt_EOS[:, :-1]] * (tgt_EOS"
            ".size(1) > 1) + [src_EOP] * (tgt_EOS.size(1) == 1), dim=1)",
        ),
    ),
    tensors("writes-into-what-it-is-given", "tokens-unchanged", (WHOLE, WHOLE + "; tgt_EOS[:, -1] = start_token")),
    loss(
        "of-the-whole",
        "loss-span",
        (SPAN, "logits + 0"),
        (
            CROSS,
            "F.cross_entropy(predictions.reshape(-1, predictions.size"
            "(2)), torch.cat([tgt_EOS[:, :1].expand(-1, logits.size(1) - tgt_EOS.size(1)), tgt_EOS], 1).reshape(-1))",
        ),
    ),
    loss("of-the-first-positions", "loss", (SPAN, "logits[:, :tgt_EOS.size(1), :]")),
    loss("after-eop-only", "loss", (SPAN, "logits[:, -tgt_EOS.size(1):, :].roll(-1, 1)")),
    loss("sum", "loss", ("tgt_EOS.reshape(-1))", "tgt_EOS.reshape(-1), reduction='sum')")),
    loss("mean-over-the-batch-alone", "loss", (CROSS, CROSS + " * tgt_EOS.size(1)")),
    loss("of-probabilities", "loss", ("predictions.reshape", "predictions.softmax(-1).reshape")),
    loss("detached", "loss-gradient", (SPAN, SPAN + ".detach()")),
    loss("smoothed", "loss", ("tgt_EOS.reshape(-1))", "tgt_EOS.reshape(-1), label_smoothing=0.1)")),
    loss("gradient-of-the-sum", "loss-gradient", (CROSS, "(loss := " + CROSS + ") + (loss - loss.detach())")),
    loss(
        "log-of-softmax", "loss-extreme", (CROSS, "-predictions.softmax(-1).log().gather(2, tgt_EOS[..., None]).mean()")
    ),
    encodings("base-1000", "encodings", ("10000 **", "1000 **")),
    encodings(
        "halves",
        "encodings-of-the-course",
        ("encodings[:, 0::2] =", "encodings[:, :hidden_size // 2] ="),
        ("encodings[:, 1::2] =", "encodings[:, hidden_size // 2:] ="),
    ),
    encodings("from-one", "encodings-begin-at-0", ("torch.arange(max_seq_len)", "torch.arange(1, max_seq_len + 1)")),
    encodings("exponent-not-doubled", "encodings", ("(2 * columns.float()", "(columns.float()")),
    words("hay", "vowel", ("'way'", "'hay'")),
    words("ay-after-vowels", "vowel", ("part + 'way'", "part + 'ay'")),
    words("nothing-moves", "consonant", ("part[i:] + part[:i]", "part")),
    words("one-letter-moves", "cluster", ("part[i:] + part[:i]", "part[1:] + part[:1]")),
    words("qu-parted", "qu", ("2 if part[i:i + 2] == 'qu' else 1", "1")),
    words("first-y-moves", "first-y", ("part[0] == 'y'", "False"), ("i = 0", "i = 1 if part[0] == 'y' else 0")),
    words("y-is-a-consonant", "inner-y", ("'aeiouy'", "'aeiou'")),
    words("all-moves", "no-vowel", ("return part + 'ay'\n    return", "return 'ay' + part\n    return")),
    words("dash-is-a-consonant", "dash", ("word.split('-')", "[word]")),
    words("empty-part-gets-ay", "any-word", ("return ''", "return 'ay'")),
]

VARIANTS = [
    Variant("greedy", (), DECODING),
    Variant("by-probabilities", ((".argmax()", ".softmax(-1).max(0)[1]"),), DECODING),
    Variant("plain", (), TENSORS + ENCODINGS + LOSS + WORDS),
    Variant("inputs-from-targets", ((INPUTS, "torch.cat([sos_vector, src_EOP_tgt_EOS[:, :-1]], dim=1)"),), TENSORS),
    Variant("hstack", ((WHOLE, "src_EOP_tgt_EOS = torch.hstack((src_EOP, tgt_EOS))"),), TENSORS),
    Variant(
        "a-list", (("return SOS_src_EOP_tgt, src_EOP_tgt_EOS", "return [SOS_src_EOP_tgt, src_EOP_tgt_EOS]"),), TENSORS
    ),
    Variant("by-hand", ((CROSS, "-predictions.log_softmax(-1).gather(2, tgt_EOS[..., None]).mean()"),), LOSS),
    Variant("float64", (("columns.float()", "columns.double()"),), ENCODINGS),
]
