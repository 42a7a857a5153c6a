"""Train an English-German transformer, translate with it, and inspect its cross-attention.

import translator
translator.train(translator.Config(), run="runs/mine")
german = translator.load("runs/mine")
german.translate(["A dog runs."])
german.inspect("A dog runs.").weights

Nothing is imported before it is used. The first use of `train`, `load` or `inspect` imports torch,
and prepares the process for it: see translator.compute.
"""

TYPE_CHECKING = False  # as in typing, which takes a while to import

if TYPE_CHECKING:
    from translator.config import Config
    from translator.decoding.strategies import BeamSearch, Sampling
    from translator.experiment.loading import inspect, load
    from translator.experiment.pipeline import train

__version__ = "0.1.0"

__all__ = ["BeamSearch", "Config", "Sampling", "__version__", "inspect", "load", "train"]

if not TYPE_CHECKING:  # or a misspelt name would have a type

    def __getattr__(name: str) -> object:
        """What needs torch is imported when it is first asked for; the rest, so that a command is
        sooner where it can answer Ctrl-C."""
        import importlib

        from translator.compute.process import prepare_process

        homes = {
            "Config": "config",
            "BeamSearch": "decoding.strategies",
            "Sampling": "decoding.strategies",
            "train": "experiment.pipeline",
            "load": "experiment.loading",
            "inspect": "experiment.loading",
        }
        if name not in homes:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if homes[name].startswith("experiment"):
            prepare_process()
        home = importlib.import_module(f"translator.{homes[name]}")
        return globals().setdefault(name, getattr(home, name))

    def __dir__() -> list[str]:
        """Completion shows what is not imported yet, too."""
        return sorted({*globals(), *__all__})
