"""Good packages that end too early: within the ar headers, control.tar and data.tar, for each compression."""
from package import by_dpkg_deb, case, refused


def cuts():
    for compression in ["none", "gzip", "xz", "zstd"]:
        for part in range(1, 12):
            @case(f"cut-{compression}-{part:02}", refused(""))
            def build(compression=compression, part=part):
                whole = by_dpkg_deb(f"-Z{compression}", "--uniform-compression")
                return whole[:len(whole) * part // 12]


cuts()
