"""The font files of the preview images, each verified by its SHA-256 before it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path

SERIF, NOTO, CJK = "fontpkg_source_serif_4", "manimgx_fonts", "manimgx_fonts_cjk"
PUBLISHED_SHA256 = {
    (SERIF, "files/SourceSerif4[opsz,wght].ttf"): "97b2d4da6e3cb494b5a1e66ae176914d852ccabef49e0c02c0df25f3e39aca0b",
    (SERIF, "files/SourceSerif4-Italic[opsz,wght].ttf"):
        "15fbc7e4679489a501998c3669272637a6646388ef7e4bd77eebb5bf967a1f42",
    (NOTO, "NotoSans[wght].ttf"): "fb53504de62e767a54695416123d68d67f71c9b69722175184ad56e7dd13547b",
    (NOTO, "NotoSansArabic[wght].ttf"): "3fae4d7239d1faa55b234bda8091019a5251ff79df40d5e29367d84bed2a8138",
    (NOTO, "NotoSansHebrew[wght].ttf"): "9d81d81ad592644487b03843da73a87b99cd28a2c4da4a096e1db8fbd14fda61",
    (NOTO, "NotoSansDevanagari[wght].ttf"): "bf99bf762743ff3259e73196852520ab0ffe8d384238bff3e4806a84b981e972",
    (NOTO, "NotoSansBengali[wght].ttf"): "dc9defe97bb041876b6609e9029d9e1e228a686259acde2fe2a9f99d793ee17d",
    (NOTO, "NotoSansGujarati[wght].ttf"): "83d1bde74d64fb389f97a5e27b2699d8ee8bad4c15a02be347228e6c10011248",
    (NOTO, "NotoSansGurmukhi[wght].ttf"): "8a3096ee2166f6383501e2df7b368fce88cfa4068c8d75bcb6af07da353a00ea",
    (NOTO, "NotoSansKannada[wght].ttf"): "b6b11505d76eddf916667d73adfec19095ec777742444dc662dae81471461f4e",
    (NOTO, "NotoSansMalayalam[wght].ttf"): "94cddc94a03fa9a5e8d1784090ba97b267def6933d60762081eaa003751142c5",
    (NOTO, "NotoSansOriya[wght].ttf"): "37f482d0179d0a50e3128d004f007ff1c1741ad5f6b0b2bcc7238b257ef1caa0",
    (NOTO, "NotoSansSinhala[wght].ttf"): "3fd7c6a61cb6dfb8a2ca7af5b4078bd24e9c8ad9b55839a0177277db6e4d1326",
    (NOTO, "NotoSansTamil[wght].ttf"): "37e151cdec4a8cfb15c432f7bb164a83b98df69419d47e50b35aa7073963716b",
    (NOTO, "NotoSansTelugu[wght].ttf"): "6c06de88b2d420d899543724a13765994191cd29860c6226efca098b51fec64b",
    (NOTO, "NotoSansKhmer[wght].ttf"): "56f89948a84cc0b01962ed6af573ac4ac885bd7bb6e7e40f9afc72a435728b70",
    (NOTO, "NotoSansMyanmar[wght].ttf"): "e0b280aa3080aab922800c88fa9a2015a4bec3103bb8b70491a92e4a04f3a3a3",
    (NOTO, "NotoSansThai[wght].ttf"): "13f52f79b04f01f2751a81052a5dee2df639fd4e13f4ac30821ab45c8dd5f7e7",
    (NOTO, "NotoSansLao[wght].ttf"): "fc138d605aa998d8407789ee6a7f5554aae8b54f5cd98d66dd2c33e79d15b67e",
    (NOTO, "NotoSansArmenian[wght].ttf"): "e979dfaed56ddb4bfd05121958b25425eb7593253d64b6b3654c77c11c5cda94",
    (NOTO, "NotoSansGeorgian[wght].ttf"): "42f4a8bf4fe0af8afd91ee3c19e81e14f1bc74ddbd9b6a59a4182f67a596adb4",
    (NOTO, "NotoSansEthiopic[wght].ttf"): "93f223089e300b983dbfd693c7be619e0e76565a70d639e71a4fe0bfd72cf66f",
    (NOTO, "NotoEmoji[wght].ttf"): "de6c18832938afc99caf132b39d6a30a19bac7f2e812e28db2535b4608d27551",
    (NOTO, "NotoSansSymbols[wght].ttf"): "63724daeff6755a45933b9a5e3a3b41df5df8fe925c0f4c991f2f68c08a4182d",
    (CJK, "NotoSansCJK-VF.otf.ttc"): "d3d8256cdec8dbcb3552284bc6b20c734dd60c2ee9df83b5758e34807c4bac32",
}  # fmt: skip
"""By package and file name"""


class FontError(Exception):
    """A font file is not the published one; the message says what to do."""


@contextmanager
def font_file(package: str, file: str) -> Iterator[Path]:
    """Yield the path of a font file, verified once per process. Raises FontError, and OSError where it is missing."""
    _verify(package, file)
    with resources.as_file(resources.files(package) / file) as path:
        yield path


@cache
def _verify(package: str, file: str) -> None:
    with resources.as_file(resources.files(package) / file) as path, path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if digest != PUBLISHED_SHA256[package, file]:
        raise FontError(f"The font {file} is not the published one (SHA-256): reinstall {package.replace('_', '-')}.")
