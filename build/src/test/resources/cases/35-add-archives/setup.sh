#!/bin/sh
# makes the archive
python3 - <<'EOT'
import io, tarfile
with tarfile.open("a.tar.gz", "w:gz") as tar:
    def add(name, **values):
        entry = tarfile.TarInfo(name)
        content = values.pop("content", b"")
        entry.size = len(content)
        for key, value in values.items():
            setattr(entry, key, value)
        tar.addfile(entry, io.BytesIO(content))
    add("d", type=tarfile.DIRTYPE, mode=0o1777, uid=5, gid=6)
    add("d/f", mode=0o4755, uid=5, gid=6, content=b"f\n")
    add("d/link", type=tarfile.SYMTYPE, linkname="../../f")
    add("deep/er/g", mode=0o640, uid=9, gid=9, content=b"g\n")
EOT
