"""Files of arrays and pictures by NumPy and Pillow, with what they hold, for Tests/FormatsTests.

    python3 -m pip install numpy==2.4.6 pillow==13.0.0
    python3 Utilities/Reference/arrays.py
"""

import base64
import io
import json
import pathlib

import numpy
from PIL import Image

FOLDER = pathlib.Path(__file__).parents[2] / "Tests" / "FormatsTests" / "Golden"


def text(data):
    return base64.b64encode(data).decode()


def plain(array):
    """The elements as JSON has them: numbers, or text for those that it lacks."""
    values = [float(v) for v in array.astype("f8").ravel()]
    return [v if numpy.isfinite(v) else str(v) for v in values]


def npy(array, version):
    file = io.BytesIO()
    numpy.lib.format.write_array(file, array, version=version)
    return file.getvalue()


def case(name, array, version=(1, 0)):
    return {
        "name": name,
        "shape": list(array.shape),
        "values": plain(array),
        "file": text(npy(array, version)),
    }


def arrays():
    cases = []
    values = numpy.arange(24).reshape(2, 3, 4) * 5 - 40
    for kind in ["i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8"]:
        cases.append(case(kind, values.astype(kind)))
    for kind in ["u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8"]:
        cases.append(case(kind, (values + 40).astype(kind)))
    edges = [0.1, -2.5, 65504, 6e-8, 6.1e-5, -0.0, numpy.inf, -numpy.inf, numpy.nan]
    for kind in ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
        cases.append(case(kind, numpy.array(edges).astype(kind)))
    cases.append(case("bool", numpy.array([[True, False], [False, True]])))
    for version in [(1, 0), (2, 0), (3, 0)]:
        name = f"fortran order, version {version[0]}"
        cases.append(case(name, numpy.asfortranarray(values.astype("<f4")), version))
    cases.append(case("fortran order, big-endian", numpy.asfortranarray(values.astype(">i4"))))
    cases.append(case("a number", numpy.array(7.5)))
    cases.append(case("no element", numpy.zeros((0, 5), "<f4")))
    cases.append(case("one dimension", numpy.arange(3.0)))
    refused = [
        {"name": name, "file": text(npy_of_any_kind(array))}
        for name, array in [
            ("text", numpy.array(["a", "bc"])),
            ("Python objects", numpy.array([{}, None], dtype=object)),
            ("complex numbers", numpy.array([1j])),
            ("several fields", numpy.zeros(2, dtype=[("a", "f4"), ("b", "i4")])),
            ("dates", numpy.array(["2020-01-01"], dtype="M8[D]")),
            ("floating-point numbers that differ between machines", numpy.zeros(2, "g")),
        ]
    ]
    return {"arrays": cases, "refused": refused, "archives": archives()}


def npy_of_any_kind(array):
    file = io.BytesIO()
    numpy.save(file, array, allow_pickle=True)
    return file.getvalue()


def archives():
    content = {
        "features": numpy.arange(600, dtype="<f4").reshape(200, 3) / 7,
        "labels": numpy.arange(200) % 7,
        "größe": numpy.float64(2.5),
    }
    result = []
    for name, save in [("stored", numpy.savez), ("deflated", numpy.savez_compressed)]:
        file = io.BytesIO()
        save(file, **content)
        result.append(
            {
                "name": name,
                "file": text(file.getvalue()),
                "arrays": {
                    key: {"shape": list(numpy.shape(array)), "values": plain(numpy.asarray(array))}
                    for key, array in content.items()
                },
            }
        )
    return result


def pictures():
    y, x = numpy.mgrid[0:20, 0:30]
    red, green, blue = 8 * x, 12 * y, 255 - 4 * (x + y)
    color = Image.fromarray(numpy.stack([red, green, blue], 2).astype("u1"))
    grey = color.convert("L")
    result = []

    def add(name, picture, format, **options):
        file = io.BytesIO()
        picture.save(file, format, **options)
        back = Image.open(io.BytesIO(file.getvalue()))
        back = back.convert("L" if back.mode in ["L", "1"] else "RGB")
        result.append(
            {
                "name": name,
                "width": back.width,
                "height": back.height,
                "channels": len(back.getbands()),
                "pixels": text(back.tobytes()),
                "grey": text(back.convert("L").tobytes()),
                "file": text(file.getvalue()),
            }
        )

    add("jpeg, colours, 4:2:0", color, "JPEG", quality=75)
    add("jpeg, colours, 4:4:4, progressive", color, "JPEG", subsampling=0, progressive=True)
    add("jpeg, grey", grey, "JPEG")
    add("png, colours", color, "PNG")
    add("png, grey", grey, "PNG")
    add("png, black and white", grey.convert("1"), "PNG")
    add("png, palette", color.quantize(16), "PNG")
    add("ppm", color, "PPM")
    add("pgm", grey, "PPM")
    inks = io.BytesIO()
    color.convert("CMYK").save(inks, "JPEG")
    return {"pictures": result, "inks": text(inks.getvalue())}


def lines(value, depth=2):
    """JSON with a case on each line."""
    if depth == 0 or not isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[\n" + ",\n".join(lines(v, depth - 1) for v in value) + "\n]"
    pairs = [f"{json.dumps(k)}: {lines(v, depth - 1)}" for k, v in value.items()]
    return "{\n" + ",\n".join(pairs) + "\n}"


for name, content in [("arrays", arrays()), ("pictures", pictures())]:
    (FOLDER / f"{name}.json").write_text(lines(content) + "\n")
