#!/bin/sh
# Prints the options with which pip gets the right build of torch, and says on stderr what it chose:
#
#   TORCH_INDEX is set                 that index, whatever the machine is; empty for the ordinary registry
#   Linux without an NVIDIA card       PyTorch's own index of CPU builds, where it can be reached
#   anything else                      nothing: the ordinary registry's builds use an NVIDIA card on Linux, and Apple's
#
# The ordinary registry (PyPI) has no CPU build for Linux. Its build does not even load without the CUDA packages, so
# where nothing else can be reached they are the price of running at all.
set -u
cpu_builds=https://download.pytorch.org/whl/cpu

say() { echo "torch: $*" >&2; }

has_nvidia_card() {
    [ -d /proc/driver/nvidia/gpus ] || nvidia-smi -L 2>/dev/null | grep -q GPU
}

answers() {
    "${PYTHON:-python3}" -c '
import signal, sys, urllib.request
if hasattr(signal, "alarm"):
    signal.alarm(10)  # in all, however many addresses the name has
urllib.request.urlopen(sys.argv[1], timeout=5).close()
' "$1/torch/" 2>/dev/null
}

if [ -n "${TORCH_INDEX+set}" ]; then
    say "from ${TORCH_INDEX:-the ordinary registry}, as TORCH_INDEX says"
    [ -z "$TORCH_INDEX" ] || echo "--extra-index-url $TORCH_INDEX"
elif [ "$(uname -s)" != Linux ]; then
    say "the ordinary registry's build"
elif has_nvidia_card; then
    say "the ordinary registry's build, which uses the NVIDIA card"
elif answers "$cpu_builds"; then
    say "no NVIDIA card here: the CPU build"
    echo "--extra-index-url $cpu_builds"
else
    say "no NVIDIA card here, but $cpu_builds does not answer."
    say "The ordinary registry's build for Linux brings CUDA (2.5 GB) with it, unless pip is set up for another one."
fi
