"""The same result from one process, two, and a Dask cluster; workers that are killed; Ctrl+C."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from sheetcredit.cli.main import main
from sheetcredit.model.errors import BadUsage
from sheetcredit.pool import gather as gather_module
from sheetcredit.pool.gather import gather
from sheetcredit.pool.workers import FORKSERVER, PRELOADED, cluster, cpu_limit, in_own_process, processes
from tests.consolidate.nation import Land, told
from tests.mail_server import own_folders
from tests.seeds_of import GOLDEN, copy_of
from tests.xlsx.test_string_counts import LIES, bold, with_tag

ROOT = Path(__file__).resolve().parent.parent.parent


def test_two_processes_tell_what_one_does(land: Land) -> None:
    seen: list[tuple[int, int]] = []
    gathered = gather(land.came, land.rulebook, workers=2, progress=lambda *done: seen.append(done))
    assert told(gathered) == land.told
    assert seen == sorted(seen)
    assert seen[-1] == (12, 12)
    assert len(seen) > 2  # it went in chunks


def test_workers_have_the_environment_of_who_begins_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEETCREDIT_TEST", "before")
    with processes(1) as executor:
        assert executor.submit(os.getenv, "SHEETCREDIT_TEST").result() == "before"
    monkeypatch.delenv("SHEETCREDIT_TEST")
    monkeypatch.setenv("SHEETCREDIT_OTHER", "after")
    with processes(1) as executor:
        assert executor.submit(os.getenv, "SHEETCREDIT_TEST").result() is None
        assert executor.submit(os.getenv, "SHEETCREDIT_OTHER").result() == "after"
        assert executor.submit(os.getenv, "POLARS_MAX_THREADS").result() == "1"


@pytest.mark.skipif(not FORKSERVER, reason="processes are begun anew")
def test_what_workers_are_forked_from_has_begun_no_threads_of_polars() -> None:
    program = (
        f"import os, sys\nimport {', '.join(PRELOADED)}\n"
        "names = [open(f'/proc/self/task/{task}/comm').read() for task in os.listdir('/proc/self/task')]\n"
        "print(*[name.strip() for name in names if name.startswith(('polars-0', 'polars-1', 'tokio', 'async'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "\n"


def test_a_worker_killed_in_the_middle_changes_nothing(land: Land) -> None:
    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if not killed and done < total:
            victim = multiprocessing.active_children()[0]
            assert victim.pid is not None
            os.kill(victim.pid, signal.SIGKILL)
            killed.append(victim.pid)

    gathered = gather(land.came, land.rulebook, workers=2, progress=kill_one)
    assert killed
    assert told(gathered) == land.told


class Deadly(Executor):
    """Processes in which a chunk that holds one of some files kills its worker before it is read."""

    def __init__(self, pool: ProcessPoolExecutor, deadly: list[str]) -> None:
        self.pool = pool
        self.deadly = deadly

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self.pool.submit(work_or_die, self.deadly, fn, *args)


def work_or_die(deadly: list[str], work: Callable[..., Any], chunk: Any) -> Any:
    if set(deadly) & set(chunk.paths):
        os.kill(os.getpid(), signal.SIGKILL)
    return work(chunk)


def test_a_file_that_kills_its_worker_is_an_error_of_its_own(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly = str(land.files[5])
    opened: list[int] = []

    @contextmanager
    def processes(count: int) -> Iterator[Executor]:
        opened.append(count)
        with ProcessPoolExecutor(count, get_context("spawn")) as pool:
            yield Deadly(pool, [deadly])

    monkeypatch.setattr(gather_module, "processes", processes)
    gathered = gather(land.came, land.rulebook, workers=2)
    assert [one.path for one in gathered if one.error] == [deadly]
    assert [one.error.code for one in gathered if one.error] == ["E-KILLED"]
    others = [one for one in land.came if str(one.path) != deadly]
    assert told(one for one in gathered if not one.error) == told(gather(others, land.rulebook, workers=1))
    assert opened[:2] == [2, 2]
    assert set(opened[2:]) == {1}


def test_what_ends_its_process_is_answered_otherwise() -> None:
    assert in_own_process(len, [1, 2], otherwise=0) == 2
    assert in_own_process(os.abort, otherwise="aborted") == "aborted"
    with pytest.raises(ValueError, match="invalid literal"):
        in_own_process(int, "x", otherwise=0)


def end_of_work_for_ever() -> str:
    with cpu_limit(1):
        while True:
            pass


def work_at_length(seconds: int) -> float:
    """Work that is within the limit each time, though not all together."""
    for _ in range(2):
        with cpu_limit(seconds):
            until = time.process_time() + seconds / 2
            while time.process_time() < until:
                pass
    return time.process_time()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of processor time")
def test_a_library_that_does_not_come_back_is_ended_with_its_worker() -> None:
    assert in_own_process(end_of_work_for_ever, otherwise="ended") == "ended"
    assert in_own_process(work_at_length, 2, otherwise=0.0) > 1.5
    with cpu_limit(0):  # nothing in the command's own process
        assert sum(range(1_000_000))


@pytest.mark.parametrize("spoilt", ["string-counts", "cut"])
def test_the_command_sums_the_good_file_whatever_the_other_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, spoilt: str
) -> None:
    for name, value in own_folders(tmp_path).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "den"
    folder.mkdir()
    good, other = copy_of(GOLDEN, folder), folder / "a.xlsx"
    data = with_tag(LIES["both"], bold) if spoilt == "string-counts" else GOLDEN.read_bytes()[:50_000]
    other.write_bytes(data)
    listed = tmp_path / "0312.csv"
    listed.write_text("Mã đơn vị\n0312\n", encoding="utf-8")
    code = main(
        ["consolidate", str(folder), "-o", str(tmp_path / "o.xlsx"), "--expected", str(listed), "--json"]
    )
    said = json.loads(capsys.readouterr().out)
    assert code in (0, 1)
    assert said["branch"]["figures"]["TH_NguonVon"] == 449141
    assert [one["summed"] for one in said["submissions"]] == [True], (good, other)


def test_where_no_process_can_be_started_the_work_is_done_here(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*given: object, **named: object) -> None:
        raise OSError("no semaphores here")

    monkeypatch.setattr("sheetcredit.pool.workers.ProcessPoolExecutor", refused)
    assert told(gather(land.came, land.rulebook, workers=2)) == land.told


def test_where_every_process_dies_at_its_start_the_work_is_done_here(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []

    @contextmanager
    def processes(count: int) -> Iterator[Executor]:
        opened.append(count)
        with ProcessPoolExecutor(count, get_context("spawn"), initializer=os._exit, initargs=(1,)) as pool:
            yield pool

    monkeypatch.setattr(gather_module, "processes", processes)
    assert told(gather(land.came, land.rulebook, workers=2)) == land.told
    assert opened == [2, 2, 1]  # twice all of them, and one to see whether any lives


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    """A Dask cluster of two worker processes on loopback."""
    from distributed import LocalCluster  # noqa: PLC0415

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as made:  # type: ignore[no-untyped-call]
        yield made


def test_a_dask_cluster_tells_what_one_process_does(land: Land, dask: Any) -> None:
    with cluster(dask.scheduler_address) as executor:
        assert told(gather(land.came, land.rulebook, executor=executor)) == land.told


def test_the_command_tells_the_same_from_a_cluster(
    land: Land, dask: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHEETCREDIT_CATALOGUES", str(land.folder / "catalogues"))
    said = []
    for name, more in (("here", []), ("there", ["--scheduler", dask.scheduler_address])):
        monkeypatch.setenv("SHEETCREDIT_HOME", str(tmp_path / name))  # nothing is kept from the other
        out = tmp_path / "out.xlsx"
        out.unlink(missing_ok=True)
        code = main(["consolidate", str(land.folder), "-o", str(out), "--json", *more])
        said.append((code, capsys.readouterr().out))
    assert said[0] == said[1] and said[0][0] in (0, 1)


def test_a_dask_worker_killed_in_the_middle_changes_nothing(land: Land, dask: Any) -> None:
    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if not killed and done < total:
            pid = next(iter(dask.workers.values())).process.process.pid
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    with cluster(dask.scheduler_address) as executor:
        gathered = gather(land.came, land.rulebook, executor=executor, workers=4, progress=kill_one)
    assert killed
    assert told(gathered) == land.told


def test_no_scheduler_is_told_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sheetcredit.pool.workers._SCHEDULER_SECONDS", 1)
    opening: AbstractContextManager[Executor] = cluster("tcp://127.0.0.1:9")
    with pytest.raises(BadUsage) as raised, opening:
        pass
    assert raised.value.code == "E-SCHEDULER"


def test_without_the_extra_a_cluster_is_told_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadUsage) as raised, cluster("tcp://127.0.0.1:8786"):
        pass
    assert raised.value.code == "E-CLUSTER"


INTERRUPTED = """
import os, signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what goes to the background deaf
from sheetcredit.rulebook import Rulebook
from sheetcredit.catalogue.catalogue import load_catalogues
from sheetcredit.pool.gather import Stopped, gather
from tests.consolidate.nation import Came

def stop(done, total):
    os.killpg(0, signal.SIGINT)  # what a terminal does

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    rulebook = Rulebook(catalogues=load_catalogues(folder / "catalogues"))
    came = [Came(path) for path in sorted(folder.glob("branch-*/*.xlsx"))]
    try:
        gather(came, rulebook, workers=2, progress=stop)
    except Stopped as stopped:
        print(stopped.done, stopped.total, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no process groups")
def test_ctrl_c_stops_at_once_and_says_how_far_it_came(land: Land, tmp_path: Path) -> None:
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script), str(land.folder)],
        check=False, capture_output=True, text=True, timeout=60, start_new_session=True, env=environment,
    )  # fmt: skip
    told = f"{done.returncode=}\n{done.stdout=}\n{done.stderr=}"
    assert done.stderr == "", told
    assert re.fullmatch(r"\d+ 12\n", done.stdout), told
    assert 0 < int(done.stdout.split()[0]) < 12, told
    assert done.returncode == 0, told


HEARD = """
import os, signal, subprocess, sys, threading
from sheetcredit.pool.workers import sigint_deferred
signal.signal(signal.SIGINT, signal.SIG_IGN if sys.argv[1] == "deaf" else signal.default_int_handler)
if sys.argv[1] == "threads":  # the system may hand the signal to any thread that does not block it
    threading.Thread(target=threading.Event().wait, daemon=True).start()
CHILD = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('child lives', flush=True)"
try:
    with sigint_deferred():
        os.kill(os.getpid(), signal.SIGINT)
        subprocess.run([sys.executable, "-c", CHILD], check=True)
        print("all begun", flush=True)
    print("not heard", flush=True)
except KeyboardInterrupt:
    print("heard", flush=True)
assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signal masks")
@pytest.mark.parametrize("case", ["alone", "threads", "deaf"])
def test_ctrl_c_while_processes_are_begun_is_heard_when_they_are(case: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HEARD, case], check=False, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    assert done.stderr == "" and done.returncode == 0, done
    heard = "not heard" if case == "deaf" else "heard"
    assert done.stdout.splitlines() == ["child lives", "all begun", heard]
