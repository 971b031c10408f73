"""Reads a folder as TensorBoard does and prints what it found as JSON, for the tests to compare.

    .deps/tensorboard/bin/python Utilities/Reference/tensorboard_reader.py read FOLDER
    .deps/tensorboard/bin/python Utilities/Reference/tensorboard_reader.py serve FOLDER [OPTIONS OF tensorboard]

`read` uses TensorBoard's loaders and the plugins' own parsers; `serve` starts `tensorboard` on the
loopback and asks it over HTTP. TensorBoard and all it needs: `Utilities/setup --tensorboard`.
"""

import io
import json
import os
import sys
import time
import urllib.parse
import urllib.request

import numpy as np
from google.protobuf import json_format, text_format
from PIL import Image
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.pr_curve import metadata as pr_curve_metadata
from tensorboard.plugins.projector import projector_config_pb2, projector_plugin
from tensorboard.plugins.scalar import metadata as scalar_metadata
from tensorboard.util import tensor_util


def picture(png):
    image = Image.open(io.BytesIO(png))
    return {"size": list(image.size), "mode": image.mode,
            "pixels": np.asarray(image).flatten().tolist()}


def number(array):
    # JSON has no infinities.
    return array.item() if np.isfinite(array) else str(array)


def pictures(strings):
    width, height, *encoded = strings
    return {"size": [int(width), int(height)], "pictures": [picture(png) for png in encoded]}


HPARAMS_PARSERS = {
    hparams_metadata.EXPERIMENT_TAG: hparams_metadata.parse_experiment_plugin_data,
    hparams_metadata.SESSION_START_INFO_TAG: hparams_metadata.parse_session_start_info_plugin_data,
    hparams_metadata.SESSION_END_INFO_TAG: hparams_metadata.parse_session_end_info_plugin_data,
}
# How each plugin's metadata and tensors are read.
PLUGINS = {
    "scalars": (scalar_metadata.parse_plugin_metadata, number),
    "histograms": (histogram_metadata.parse_plugin_metadata, lambda array: array.tolist()),
    "images": (image_metadata.parse_plugin_metadata, lambda array: pictures(array.tolist())),
    "pr_curves": (pr_curve_metadata.parse_plugin_metadata, lambda array: array.tolist()),
}


def read_events(folder):
    # 0: keep all events, not a sample of them.
    guidance = {kind: 0 for kind in plugin_event_accumulator.DEFAULT_SIZE_GUIDANCE}
    events = plugin_event_accumulator.EventAccumulator(folder, size_guidance=guidance).Reload()
    found = {"file_version": events.file_version, "hparams": {}}
    for plugin, (parse, convert) in PLUGINS.items():
        found[plugin] = {}
        if plugin not in events.ActivePlugins():
            continue
        for tag, content in events.PluginTagToContent(plugin).items():
            found[plugin][tag] = {
                "metadata": json_format.MessageToDict(parse(content)),
                "description": events.SummaryMetadata(tag).summary_description,
                "data_class": events.SummaryMetadata(tag).data_class,
                "steps": [event.step for event in events.Tensors(tag)],
                "values": [convert(tensor_util.make_ndarray(event.tensor_proto))
                           for event in events.Tensors(tag)],
            }
    if "hparams" in events.ActivePlugins():
        for tag, content in events.PluginTagToContent("hparams").items():
            found["hparams"][tag.removeprefix("_hparams_/")] = json_format.MessageToDict(
                HPARAMS_PARSERS[tag](content), preserving_proto_field_name=True)
    return found


def read_projector(folder):
    path = os.path.join(folder, "projector_config.pbtxt")
    if not os.path.exists(path):
        return None
    with open(path) as file:
        config = text_format.Parse(file.read(), projector_config_pb2.ProjectorConfig())
    [embedding] = config.embeddings
    tensor_path = os.path.join(folder, embedding.tensor_path)
    try:
        tensor = projector_plugin._read_tensor_tsv_file(tensor_path)
    except UnicodeDecodeError:
        tensor = projector_plugin._read_tensor_binary_file(tensor_path, embedding.tensor_shape)
    found = {"name": embedding.tensor_name, "path": embedding.tensor_path,
             "shape": list(embedding.tensor_shape), "values": tensor.tolist()}
    if embedding.metadata_path:
        with open(os.path.join(folder, embedding.metadata_path)) as file:
            found["metadata"] = [line.split("\t") for line in file.read().splitlines()]
    if embedding.sprite.image_path:
        with open(os.path.join(folder, embedding.sprite.image_path), "rb") as file:
            found["sprites"] = picture(file.read())
        found["sprite_size"] = list(embedding.sprite.single_image_dim)
    return found


def read(folder):
    runs = [path for path, _, names in os.walk(folder) if any("tfevents" in n for n in names)]
    return {os.path.relpath(path, folder): {**read_events(path), "projector": read_projector(path)}
            for path in runs}


def serve(folder, *arguments):
    from tensorboard import program

    board = program.TensorBoard()
    board.configure(
        argv=[None, "--logdir", folder, "--host", "127.0.0.1", "--port", "0", *arguments])
    address = board.launch() + "data/plugin/"

    def ask(route, body=None, **query):
        url = address + route + ("?" + urllib.parse.urlencode(query) if query else "")
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=20) as answer:
            content = answer.read()
            kind = answer.headers.get_content_type()
        return json.loads(content) if kind == "application/json" else (kind, content)

    # The server reads the folder in the background: it is done when two looks see the same.
    previous, deadline = None, time.time() + 30
    while time.time() < deadline:
        tags = {plugin: ask(f"{plugin}/tags")
                for plugin in ["scalars", "histograms", "images", "pr_curves"]}
        if any(tags["scalars"].values()) and tags == previous:
            break
        previous = tags
        time.sleep(0.5)

    experiment = ask("hparams/experiment", {"hparamsLimit": 0})
    found = {"tags": tags, "experiment": experiment, "scalars": {}, "histograms": {},
             "pr_curves": {}, "images": {}, "projector": {}}
    found["session_groups"] = ask("hparams/session_groups", {
        "startIndex": 0, "sliceSize": 100,
        "allowedStatuses": ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_RUNNING"],
        "colParams": [{"hparam": info["name"]} for info in experiment.get("hparamInfos", [])]
        + [{"metric": info["name"]} for info in experiment.get("metricInfos", [])]})
    for plugin, route in [("scalars", "scalars/scalars"), ("histograms", "histograms/histograms")]:
        for run, names in tags[plugin].items():
            found[plugin][run] = {tag: ask(route, run=run, tag=tag) for tag in names}
    for run, names in tags["pr_curves"].items():
        found["pr_curves"][run] = {tag: ask("pr_curves/pr_curves", run=run, tag=tag)[run]
                                   for tag in names}
    for run, names in tags["images"].items():
        found["images"][run] = {}
        for tag in names:
            [first, *_] = ask("images/images", run=run, tag=tag, sample=0)
            kind, png = ask("images/individualImage?" + first["query"])
            found["images"][run][tag] = {"type": kind, **picture(png)}
    for run in ask("projector/runs"):
        [embedding] = ask("projector/info", run=run)["embeddings"]
        name = embedding["tensorName"]
        _, tensor = ask("projector/tensor", run=run, name=name)
        _, metadata = ask("projector/metadata", run=run, name=name)
        kind, sprites = ask("projector/sprite_image", run=run, name=name)
        found["projector"][run] = {
            "config": embedding, "values": np.frombuffer(tensor, np.float32).tolist(),
            "metadata": metadata.decode(), "sprite_type": kind,
            "sprite_size": list(Image.open(io.BytesIO(sprites)).size)}
    return found


if __name__ == "__main__":
    answer = {"read": read, "serve": serve}[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(answer, allow_nan=False))
    sys.stdout.flush()
    # The server's threads have nothing to finish.
    os._exit(0)
