"""Turns the Berkeley segmentation data set, as it is published, into the folder that Margin reads.

    python3 -m pip install numpy==2.4.6 scipy==1.17.1 pillow==12.0.0
    tar xf BSR_bsds500.tgz
    python3 Utilities/bsds500.py BSR/BSDS500/data bsds500

Published are, for each picture, one MATLAB file with the boundaries that each person drew
(groundTruth/PART/ID.mat). What is read is their mean as a picture, PART/edges/ID.png, 255 x the share of
the people, beside PART/images/ID.jpg. The parts are train and test; val is left out.
"""

import pathlib
import shutil
import sys

import numpy
import PIL.Image
import scipy.io


def mean_of_people(path):
    """The share of the people who drew a boundary through each pixel, in 0...1."""
    people = scipy.io.loadmat(path)["groundTruth"].ravel()
    return numpy.mean([person["Boundaries"][0, 0] != 0 for person in people], axis=0)


def main(source, target):
    for part in ("train", "test"):
        pictures = sorted((source / "images" / part).glob("*.jpg"))
        if not pictures:
            sys.exit(f"there are no pictures in {source / 'images' / part}")
        for folder in ("images", "edges"):
            (target / part / folder).mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            share = mean_of_people(source / "groundTruth" / part / f"{picture.stem}.mat")
            edges = PIL.Image.fromarray((255 * share).round().astype(numpy.uint8))
            edges.save(target / part / "edges" / f"{picture.stem}.png")
            shutil.copy(picture, target / part / "images")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
