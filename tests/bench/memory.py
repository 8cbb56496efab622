"""Peak memory of this process."""

from pathlib import Path


def peak_mb() -> float:
    """Most memory held at once since this program began, in MB.

    From VmHWM: `ru_maxrss` is handed on by the process that started this one, however large.
    """
    status = Path("/proc/self/status").read_text()
    (peak_kb,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak_kb) / 1024
