"""Where sentences end, as a network whose weights are set by hand: Argos Translate splits text
with one, by the package MiniSBD, and would have to download it.

A convolution looks for patterns around each character; then each says for or against an end: a
full stop before a space ends a sentence, unless an abbreviation stands before it. The rules are
those of `decoding.sentences`, a little coarser.
"""

import importlib
import json
from typing import Any

import numpy as np

from translator.compute.invocation import installing
from translator.decoding.sentences import ABBREVIATIONS, CLOSING, STOPS
from translator.errors import ConfigError

BEFORE, AFTER = 8, 2
"""Characters that a pattern sees around the one that it is about."""
NUM_LABELS, INSIDE, SENTENCE_END = 5, 0, 2
"""MiniSBD's labels of a character; the others would end tokens and words."""
LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyzäöüß", "0123456789"
ALPHANUMERIC = LETTERS + LETTERS.upper() + DIGITS
UNITS = sorted({*ALPHANUMERIC, *STOPS, *CLOSING, *". "})
"""Characters that patterns know. All others are one unknown, and MiniSBD pads with another."""
NUM_OTHERS = 2

Pattern = dict[int, str]
"""By distance from the character, which may be one of these there."""
Rule = tuple[Pattern, Pattern, float]
"""What must be there, what must not, and what that says for an end."""


def import_onnx() -> Any:
    """The library. Raises ConfigError if it is not installed."""
    try:
        return importlib.import_module("onnx")
    except ImportError:
        raise ConfigError(f"the package onnx is not installed: {installing('argos')}") from None


def sentence_end_model() -> bytes:
    """The network as MiniSBD loads it: ids of characters (N, L) -> a score for each label."""
    onnx = import_onnx()
    helper, tensor, floats = onnx.helper, onnx.numpy_helper.from_array, onnx.TensorProto.FLOAT
    one_hot = np.eye(len(UNITS) + NUM_OTHERS, dtype=np.float32)[:, NUM_OTHERS:]
    patterns, thresholds, says = _weights(_rules())
    constants = {
        "one_hot": one_hot,
        "patterns": patterns,
        "thresholds": thresholds,
        "says": says,
        "otherwise": np.array([0.5, -1, 0, -1, -1], dtype=np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["one_hot", "units"], ["x_NLC"]),
        helper.make_node("Transpose", ["x_NLC"], ["x_NCL"], perm=[0, 2, 1]),
        helper.make_node(
            "Conv", ["x_NCL", "patterns", "thresholds"], ["over_NPL"], pads=[BEFORE, AFTER]
        ),
        helper.make_node("Relu", ["over_NPL"], ["found_NPL"]),
        helper.make_node("Conv", ["found_NPL", "says", "otherwise"], ["labels_NKL"]),
        helper.make_node("Transpose", ["labels_NKL"], ["labels_NLK"], perm=[0, 2, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "sentence_ends",
        [
            helper.make_tensor_value_info("units", onnx.TensorProto.INT64, ["N", "L"]),
            helper.make_tensor_value_info("features", floats, ["N", "L", "F"]),  # MiniSBD's, unused
        ],
        [helper.make_tensor_value_info("labels_NLK", floats, ["N", "L", NUM_LABELS])],
        [tensor(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="translator"
    )
    ids = {unit: i for i, unit in enumerate(["<PAD>", "<UNK>", *UNITS])}
    facts = {"config": {"batch_size": 1}, "vocab": {"_unit2id": ids, "_id2unit": [*ids]}}
    helper.set_model_props(model, {name: json.dumps(value) for name, value in facts.items()})
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _rules() -> list[Rule]:
    """An end adds 1; what speaks against it outweighs that."""
    stop, one, digit = f".{STOPS}", ALPHANUMERIC, DIGITS
    ends: list[Rule] = [
        ({0: stop, 1: " "}, {}, 1),
        ({-1: stop, 0: CLOSING, 1: " "}, {2: LETTERS}, 1),  # not: "Go!" he said
    ]
    initials: list[Rule] = [
        ({-1: one, 0: "."}, {-2: one}, -2),  # J. Doe, 3. Mai
        ({-2: digit, -1: digit, 0: "."}, {-3: one}, -2),
    ]
    return ends + initials + [_abbreviation(word) for word in ABBREVIATIONS.split()]


def _abbreviation(word: str) -> Rule:
    letters = {place - len(word): letter for place, letter in enumerate(word)}
    return {**letters, 0: "."}, {-len(word) - 1: ALPHANUMERIC}, -2


def _weights(rules: list[Rule]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the two convolutions: P rules over C characters of a window, thresholds (P,), and what
    each rule that is met, as 1 after the ReLU, says for each label."""
    patterns = np.zeros((len(rules), len(UNITS), BEFORE + 1 + AFTER), dtype=np.float32)
    thresholds = np.zeros(len(rules), dtype=np.float32)
    says = np.zeros((NUM_LABELS, len(rules), 1), dtype=np.float32)
    for number, (must, must_not, weight) in enumerate(rules):
        for pattern, sign in ((must, 1), (must_not, -1)):
            for place, chars in pattern.items():
                known = [UNITS.index(char) for char in chars]
                patterns[number, known, BEFORE + place] = sign
        thresholds[number] = 1 - len(must)
        says[SENTENCE_END, number] = weight
    return patterns, thresholds, says
