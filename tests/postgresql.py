"""A PostgreSQL server for tests: a cluster of its own in a folder under /tmp, reached by a socket in that folder."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
INITDB = shutil.which(
    "initdb", path=os.pathsep.join(map(str, [*PLACES[::-1], *os.get_exec_path()]))
)
needs_postgresql = pytest.mark.skipif(
    INITDB is None or importlib.util.find_spec("psycopg") is None,
    reason="LOUD: PostgreSQL or psycopg is missing, so no gradebook of a server was tried",
)
# It refuses to run as root; Debian's package makes this user.
USER = {"user": "postgres", "group": "postgres"} if os.name == "posix" and os.geteuid() == 0 else {}
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "40",
    "shared_buffers": "16MB",
    "dynamic_shared_memory_type": "mmap",
}


class Server:
    """A server that a test may stop and start; a context manager that deletes it at the end."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is short
        if USER:
            shutil.chown(self.folder, **USER)
        try:
            self._do(
                "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"
            )
            settings = {**SETTINGS, "unix_socket_directories": f"'{self.folder}'"}
            with (self.folder / "data" / "postgresql.conf").open("a") as file:
                file.writelines(f"{name} = {value}\n" for name, value in settings.items())
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_):
        self.stop(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        self._do("pg_ctl", "start", "--wait", "--timeout=300", f"--log={self.folder}/log")

    def stop(self, missing_ok=False):
        """Stop it as a crash would: at once, connections cut, nothing written."""
        self._do(
            "pg_ctl", "stop", "--mode=immediate", "--wait", "--timeout=300", check=not missing_ok
        )

    def new_database(self, name):
        """Make an empty database and return its address."""
        with self.connected() as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def cut(self):
        """End all other connections; return how many there were."""
        with self.connected() as connection:
            found = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchall()
        return len(found)

    def connections(self, database):
        """Return how many connections to a database there are."""
        with self.connected() as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            return connection.execute(query, [database]).fetchone()[0]

    def connected(self):
        import psycopg

        return psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        )

    def _do(self, program, *arguments, check=True):
        command = [str(Path(INITDB).with_name(program)), f"--pgdata={self.folder}/data", *arguments]
        done = subprocess.run(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **USER,
        )
        assert done.returncode == 0 or not check, done.stderr.decode(errors="replace")
