"""Translation memories: which text of which language, and what is no translation memory."""

from pathlib import Path

import pytest
from corpora import read_splits

from translator.config import CorpusConfig
from translator.errors import CorpusError
from translator.text.tables import BATCH, read_table


def unit(**texts: str) -> str:
    variants = (f'<tuv xml:lang="{name}"><seg>{text}</seg></tuv>' for name, text in texts.items())
    return f'<tu tuid="1"><prop type="x">y</prop>{"".join(variants)}</tu>\n'


def write(file: Path, *units: str, doctype: str = "", encoding: str = "utf-8") -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}<tmx version="1.4"><header/><body>'
    file.write_text(f"{head}{''.join(units)}</body></tmx>", encoding=encoding)


def read(file: Path, src: str = "en", tgt: str = "de") -> list[tuple[str, str]]:
    return read_splits(CorpusConfig(source=str(file), src_column=src, tgt_column=tgt))["train"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_units_are_pairs_in_any_encoding_that_they_name(tmp_path: Path, encoding: str) -> None:
    write(
        tmp_path / "all.tmx",
        unit(de="Tür &amp; Tor", fr="porte", en="door &lt;3"),
        unit(en="two"),
        unit(en="a", de="b"),
        encoding=encoding,
    )

    assert read(tmp_path / "all.tmx") == [("door <3", "Tür & Tor"), ("two", ""), ("a", "b")]
    assert read(tmp_path / "all.tmx", "fr", "de")[0] == ("porte", "Tür & Tor")


def test_a_language_goes_by_its_name_with_any_region_or_with_one(tmp_path: Path) -> None:
    texts = {"EN_gb": "colour", "en-US": "color", "DE-de": "Farbe"}
    write(tmp_path / "all.tmx", unit(**texts))

    assert read(tmp_path / "all.tmx") == [("colour", "Farbe")]
    assert read(tmp_path / "all.tmx", "en-us", "de_DE") == [("color", "Farbe")]
    assert read(tmp_path / "all.tmx", "en-US", "en-GB") == [("color", "colour")]
    with pytest.raises(CorpusError, match=r"has no column fr: it has en, DE-de; name them"):
        read(tmp_path / "all.tmx", "en", "fr")


def test_markup_of_the_document_is_left_out_and_the_text_around_it_stays(tmp_path: Path) -> None:
    text = 'A <bpt i="1">{b <sub>x</sub>}</bpt><hi>big <it>x</it>dog</hi><ept i="1"/> runs<ph/>.'
    write(tmp_path / "all.tmx", unit(en=text, de="b"))

    assert read(tmp_path / "all.tmx") == [("A big dog runs.", "b")]


def test_a_memory_of_any_size_is_read_some_units_at_a_time(tmp_path: Path) -> None:
    write(tmp_path / "all.tmx", *(unit(en=f"a {n}", de=f"b {n}") for n in range(BATCH + 3)))

    (src, _), (rest, _) = read_table(tmp_path / "all.tmx", ("en", "de"))

    assert [*src, *rest] == [f"a {n}" for n in range(BATCH + 3)]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE tmx [<!ENTITY x SYSTEM "file://PLACE/secret">]>',
        '<!DOCTYPE tmx [<!ENTITY % p SYSTEM "file://PLACE/secret"> %p;]>',
        '<!DOCTYPE tmx SYSTEM "secret">',
        '<!DOCTYPE tmx PUBLIC "-//x" "http://127.0.0.1:9/secret">',
    ],
)
def test_no_other_file_is_read(tmp_path: Path, doctype: str) -> None:
    (tmp_path / "secret").write_text('<!ENTITY x "secret">')
    doctype = doctype.replace("PLACE", str(tmp_path))
    write(tmp_path / "plain.tmx", unit(en="a", de="b"), doctype=doctype)
    write(tmp_path / "asks.tmx", unit(en="a &x;", de="b"), doctype=doctype)

    assert read(tmp_path / "plain.tmx") == [("a", "b")]
    with pytest.raises(CorpusError, match=r"asks\.tmx cannot be read as XML: undefined entity &x;"):
        read(tmp_path / "asks.tmx")


def test_entities_that_expand_into_gigabytes_are_refused(tmp_path: Path) -> None:
    entities = [f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 12)]
    doctype = f'<!DOCTYPE tmx [<!ENTITY x0 "lol">{"".join(entities)}]>'
    write(tmp_path / "all.tmx", unit(en="&x11;", de="b"), doctype=doctype)

    with pytest.raises(CorpusError, match=r"cannot be read as XML: limit on input amplification"):
        read(tmp_path / "all.tmx")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<tmx><body><tu>", "cannot be read as XML: no element found: line 1, column 15"),
        ("en\tde\n", "cannot be read as XML: syntax error: line 1, column 0"),
        ("<tmx><body><tu>\xe4<<<", r"cannot be read as XML: not well-formed \(invalid token\)"),
        ('<?xml version="1.0" encoding="x"?><tmx/>', "cannot be read as XML: unknown encoding: x"),
        ('<?xml version="1.0" encoding="big5"?><tmx/>', "cannot be read as XML: multi-byte"),
        ("<html><body><p>a</p></body></html>", "has no rows"),
        ("<tmx><body><tu/></body></tmx>", "has no column en: it has none"),
        (
            f'<tu><tuv lang="en"><seg>{"<hi>" * 5000}{"</hi>" * 5000}</seg></tuv></tu>',
            "unit 1 is nested too deeply",
        ),
    ],
    ids=["cut", "table", "latin-1", "encoding", "multi-byte", "html", "no text", "deep"],
)
def test_what_is_no_translation_memory_is_one_sentence(
    tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "all.tmx").write_bytes(content.encode("latin-1"))

    with pytest.raises(CorpusError, match=rf"^{tmp_path}/all\.tmx {message}"):
        read(tmp_path / "all.tmx")
