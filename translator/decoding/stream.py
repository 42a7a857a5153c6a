"""Texts that arrive one by one are translated together."""

from collections.abc import Mapping
from typing import Any

import torch

from translator.decoding.search import Hypothesis, RunningBatch, max_target_length
from translator.decoding.strategies import BeamSearch
from translator.decoding.translator import Translation, Translator


class TranslationStream:
    """`Translator.translate_all` for texts that are added while others are being translated."""

    def __init__(self, translator: Translator, strategy: BeamSearch) -> None:
        self._translator = translator
        self._batch = RunningBatch(translator.model, strategy)
        self._found: dict[Any, list[list[Hypothesis]]] = {}
        """The hypotheses of each part of each text under way; empty until they are found."""
        self._num_missing: dict[Any, int] = {}

    def __len__(self) -> int:
        """Sources being searched; each part of a text translated in parts counts as one."""
        return len(self._batch)

    def add(self, texts: Mapping[Any, str]) -> dict[Any, list[Translation]]:
        """Search these texts, too. Returns the translations of blank ones, which need no search."""
        parts = {name: self._translator.parts(text) for name, text in texts.items()}
        for name, ids in parts.items():
            self._found[name] = [[] for _ in ids]
            self._num_missing[name] = len(ids)
        named = [((name, i), ids) for name, each in parts.items() for i, ids in enumerate(each)]
        if named:
            with torch.inference_mode():  # of this thread
                self._batch.join(
                    [name for name, _ in named],
                    [(ids, [], max_target_length(len(ids))) for _, ids in named],
                )
        return self._finished(texts)

    def step(self) -> dict[Any, list[Translation]]:
        """One decoding step. Returns the translations of the texts then done."""
        with torch.inference_mode():
            done = self._batch.step()
        for (name, part), hypotheses in done:
            self._found[name][part] = hypotheses
            self._num_missing[name] -= 1
        return self._finished({name: None for (name, _), _ in done})

    def _finished(self, names: Mapping[Any, object]) -> dict[Any, list[Translation]]:
        complete = [name for name in names if not self._num_missing[name]]
        for name in complete:
            del self._num_missing[name]
        return {name: self._translator.join(self._found.pop(name)) for name in complete}
