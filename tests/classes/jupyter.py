"""A Jupyter server for tests, with settings of its own."""

import contextlib
import json
import os
import subprocess
import time

FOLDERS = (
    *("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"),
    *("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR"),
)


@contextlib.contextmanager
def jupyter(command, home, **variables):
    """Start a Jupyter server on a free port, without a browser.

    Args:
        command: What starts it.
        home: A folder for its settings, which is made.
        variables: Of its environment, beside the test's own.

    Yields:
        Its address, and the token that opens it.
    """
    home.mkdir()
    places = {name: str(home / name) for name in FOLDERS}
    command = [*command, "--no-browser", "--ServerApp.port=0"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            command, env=os.environ | places | variables, stdout=log, stderr=log
        )
    try:
        while not (found := [*(home / "JUPYTER_RUNTIME_DIR").glob("jpserver-*.json")]):
            assert server.poll() is None, (home / "log").read_text()
            time.sleep(0.1)
        info = json.loads(found[0].read_text())
        yield f"http://127.0.0.1:{info['port']}", info["token"]
    finally:
        server.terminate()
        server.wait()
