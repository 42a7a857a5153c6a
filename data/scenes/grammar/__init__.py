"""The grammar that makes the sentences of `scenes`: `kinds.invent` a scene, `pairs.realize` it."""
