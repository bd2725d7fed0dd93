"""Becomes TorchServe: the jar of its wheel, with a model that needs no torch."""

import json
import os
import pathlib
import sys
import zipfile

import rig

HERE = pathlib.Path(__file__).parent


def write_archive(store, name):
    """A model archive, as torch-model-archiver makes it."""
    manifest = {
        "createdOn": "01/01/2026 00:00:00",
        "runtime": "python",
        "model": {"modelName": name, "handler": "echo.py", "modelVersion": "1.0"},
        "archiverVersion": "0.12.0",
    }
    with zipfile.ZipFile(store / f"{name}.mar", "w") as archive:
        archive.writestr("MAR-INF/MANIFEST.json", json.dumps(manifest))
        archive.write(HERE / "worker" / "echo.py", "echo.py")


def write_configuration(folder):
    """Five addresses, and no metrics of the system, which need a script for each minute."""
    port = rig.server_port
    lines = [
        f"inference_address=http://127.0.0.1:{port('inference')}",
        f"management_address=http://127.0.0.1:{port('management', 'inference')}",
        f"metrics_address=http://127.0.0.1:{port('metrics')}",
        f"grpc_inference_port={port('grpc_inference')}",
        f"grpc_management_port={port('grpc_management')}",
        "disable_token_authorization=true",
        "disable_system_metrics=true",
        "default_workers_per_model=1",
        "number_of_netty_threads=2",
        "enable_model_api=true",
        "metrics_mode=prometheus",
    ]
    path = folder / "config.properties"
    path.write_text("\n".join(lines) + "\n")
    return path


def main():
    folder = rig.folder()
    store = folder / "models"
    temporary = folder / "tmp"
    for path in (store, temporary):
        path.mkdir(exist_ok=True)
    for name in ("echo", "spare"):
        write_archive(store, name)
    configuration = write_configuration(folder)

    import ts  # the wheel, where the jar is

    home = pathlib.Path(ts.__file__).parent
    os.environ["PYTHONPATH"] = f"{HERE / 'worker'}:{home.parent}"
    # TorchServe starts `python` of this path for its workers.
    arguments = [
        "java",
        "-Xmx512m",
        f"-Dmodel_server_home={home.parent}",
        f"-Djava.io.tmpdir={temporary}",
        "-cp",
        str(home / "frontend" / "*"),
        "org.pytorch.serve.ModelServer",
        "--python",
        sys.executable,
        "-f",
        str(configuration),
        "-s",
        str(store),
        "-ncs",
        "-m",
        "echo=echo.mar",
    ]
    os.execvp(arguments[0], arguments)


main()
