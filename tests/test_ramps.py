"""Colours of results as eyes see them: each class apart from its neighbours, on paper and through the ground, for every eye."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from layers.look import draw

EYES = {
    "usual": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
"""Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB."""
GROUND = {"paper": "#ffffff", "land": draw.INK["land"], "a zone": "#dfe4e2"}
SEQUENTIAL = {
    "gain": draw.GAIN, "access": draw.ACCESS, "lack": draw.LACK, "share": [c["colour"] for c in draw.SHARE],
    "coverage": [c["colour"] for c in draw.COVERAGE], "bands": draw.ISOCHRONE[::-1],
}  # fmt: skip
ADEQUACY = [c["colour"] for c in draw.ADEQUACY]
CLASSES = {**SEQUENTIAL, "adequacy": ADEQUACY, "change": [draw.LOST, draw.WON]}
APART = {"bands": 4.5}
"""Of walking bands, each lies around the next and bears its name."""


def channels(colour: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) / 255


def linear(c: np.ndarray) -> np.ndarray:
    return np.where(c > 0.04045, ((c + 0.055) / 1.055) ** 2.4, c / 12.92)


def lab(light: np.ndarray) -> np.ndarray:
    """Return CIE L*a*b* (D65) of linear sRGB."""
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    x, y, z = to_xyz @ np.clip(light, 0, 1) / np.array([0.95047, 1, 1.08883])
    fx, fy, fz = (np.cbrt(t) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


def seen(colour: str, eye: str, ground: str) -> np.ndarray:
    """Return what an eye sees of a colour multiplied with the ground, as strongly as results are."""
    wash = draw.AREA_WASH if colour in ADEQUACY else draw.WASH
    mixed = channels(GROUND[ground]) * (1 - wash + wash * channels(colour))  # as browsers mix: not in linear light
    return lab(EYES[eye] @ linear(mixed))


@pytest.mark.parametrize("ground", GROUND)
@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", CLASSES)
def test_every_class_keeps_apart(name: str, eye: str, ground: str) -> None:
    found = [seen(c, eye, ground) for c in CLASSES[name]]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(found, 2)) > APART.get(name, 7)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", SEQUENTIAL)
def test_more_is_darker(name: str, eye: str) -> None:
    light = [seen(c, eye, "land")[0] for c in SEQUENTIAL[name]]
    assert (np.diff(light) < -4).all()


@pytest.mark.parametrize("eye", EYES)
def test_shortage_is_louder_than_surplus(eye: str) -> None:
    """Class by class from the middle: farther from the ground that it lies on, and darker."""
    bare = lab(EYES[eye] @ linear(channels(GROUND["land"])))
    strength = [float(np.linalg.norm(seen(c, eye, "land") - bare)) for c in ADEQUACY]
    short, spare = strength[2::-1], strength[3:]
    assert all(a > b for a, b in zip(short, spare, strict=True))
    assert sorted(short) == short
    assert seen(ADEQUACY[0], eye, "land")[0] < seen(ADEQUACY[-1], eye, "land")[0] - 10
