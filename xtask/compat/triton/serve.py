"""Becomes Triton: the `tritonserver` of nvidia-pytriton's wheel, with models of the Python backend."""

import os
import pathlib
import shutil
import sys
import sysconfig

import pytriton
import rig

HERE = pathlib.Path(__file__).parent


def main():
    package = pathlib.Path(pytriton.__file__).parent
    server = package / "tritonserver"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    # The program that runs a model, for the version of Python that has the model's packages.
    stub = server / "python_backend_stubs" / version / "triton_python_backend_stub"
    shutil.copy(stub, server / "backends" / "python")

    # Beside its models the backend writes what Python compiles.
    models = rig.folder() / "models"
    shutil.rmtree(models, ignore_errors=True)
    shutil.copytree(HERE / "models", models)

    libraries = [package.parent / "nvidia_pytriton.libs", sysconfig.get_config_var("LIBDIR")]
    os.environ["LD_LIBRARY_PATH"] = ":".join(map(str, libraries))
    # The stub takes its packages from the first Python that it finds.
    programs = pathlib.Path(sys.executable).parent
    os.environ["PATH"] = f"{programs}:{os.environ['PATH']}"
    port = rig.server_port
    arguments = [
        str(server / "bin" / "tritonserver"),
        f"--model-repository={models}",
        f"--backend-directory={server / 'backends'}",
        f"--cache-directory={server / 'caches'}",
        "--model-control-mode=explicit",
        "--load-model=identity",
        "--load-model=repeat",
        "--http-address=127.0.0.1",
        f"--http-port={port('http')}",
        "--grpc-address=127.0.0.1",
        f"--grpc-port={port('grpc')}",
        "--metrics-address=127.0.0.1",
        f"--metrics-port={port('metrics')}",
        # At its end it waits for connections, also for those that the host keeps for later requests.
        "--exit-timeout-secs=3",
        # Regions of other rigs on this machine have other names.
        f"--backend-config=python,shm-region-prefix-name=compat-{os.getpid()}-",
    ]
    os.execv(arguments[0], arguments)


main()
