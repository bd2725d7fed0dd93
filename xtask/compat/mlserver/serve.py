"""Becomes MLServer, with a model of a few lines."""

import json
import os
import pathlib
import shutil
import sys

import rig

HERE = pathlib.Path(__file__).parent


def main():
    models = rig.folder() / "models"
    shutil.rmtree(models, ignore_errors=True)
    shutil.copytree(HERE / "models", models)
    settings = {
        "host": "127.0.0.1",
        "http_port": rig.server_port("http"),
        "grpc_port": rig.server_port("grpc"),
        "metrics_port": rig.server_port("metrics"),
        # As MLServer's documents ask for models that stream.
        "parallel_workers": 0,
        "gzip_enabled": False,
    }
    (models / "settings.json").write_text(json.dumps(settings))
    program = pathlib.Path(sys.executable).parent / "mlserver"
    os.execv(program, [str(program), "start", str(models)])


main()
