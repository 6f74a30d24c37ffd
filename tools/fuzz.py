"""Coverage-guided fuzzing of the reader and of `patch_cells`, for a bounded time: `make fuzz`.

A find is kept in tests/xlsx/regressions/ and listed there in expected.yaml as `crash`, until it is
mended: the test then asks for its real outcome. atheris has wheels for Linux only.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FunctionType

from tests.xlsx.fuzzing import TARGETS, Target, outcome, seeds

ROOT = Path(__file__).resolve().parent.parent
FOUND = ROOT / "tests" / "xlsx" / "regressions"


def fuzz_one(target: Target, seconds: int, corpus: Path) -> None:
    """Run one target in this process until the time is over or something is found; does not return."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415

    ours = [module for name, module in sys.modules.items() if name.startswith("sheetcredit.xlsx.")]
    for module in ours:
        for name, value in list(vars(module).items()):
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                setattr(module, name, atheris.instrument_func(value))

    def run(data: bytes) -> None:
        outcome(target, data)

    limits = [f"-max_total_time={seconds}", "-rss_limit_mb=2048", "-timeout=20", "-max_len=65536"]
    atheris.Setup([sys.argv[0], str(corpus), *limits, f"-artifact_prefix={corpus.parent}/found-"], run)
    atheris.Fuzz()


def main() -> int:
    """Fuzz every target in a process of its own; 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=300, help="for each target")
    parser.add_argument("--target", choices=TARGETS, help="used by this program itself")
    parser.add_argument("--corpus", type=Path, help="used by this program itself")
    options = parser.parse_args()
    if options.target:
        fuzz_one(options.target, options.seconds, options.corpus)
    finds = 0
    for target in TARGETS:
        with tempfile.TemporaryDirectory() as name:
            corpus = Path(name) / "corpus"
            corpus.mkdir()
            for number, data in enumerate(seeds(target)):
                (corpus / f"seed-{number}").write_bytes(data)
            command = [sys.executable, "-m", "tools.fuzz", "--target", target]
            command += ["--seconds", str(options.seconds), "--corpus", str(corpus)]
            done = subprocess.run(command, cwd=ROOT, check=False, stderr=subprocess.PIPE, text=True)
            last = [line for line in done.stderr.splitlines() if line.startswith(("#", "Done"))][-1:]
            print(f"{target}: {' '.join(last) or done.stderr[-2000:]}")
            found = sorted(Path(name).glob("found-*"))
            finds += len(found) or (done.returncode != 0)
            for path in found:
                data = path.read_bytes()
                kept = FOUND / f"{target}-{hashlib.sha256(data).hexdigest()[:12]}.bin"
                kept.write_bytes(data)
                print(f"{kept.relative_to(ROOT)}: list it in expected.yaml\n{done.stderr[-1500:]}")
    return 1 if finds else 0


if __name__ == "__main__":
    raise SystemExit(main())
