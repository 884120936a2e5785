package io.metalimages.artifact.tar;

import io.metalimages.artifact.CheckProgress;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that tells how much of it was read. Belongs to one thread. */
public final class ObservedFile extends FilterInputStream {

    private final CheckProgress progress;
    private final long size;
    private long read;

    public ObservedFile(Path file, CheckProgress progress) throws IOException {
        super(Files.newInputStream(file));
        this.progress = progress;
        this.size = Files.size(file);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = super.read(into, offset, length);
        read += Math.max(0, count);
        progress.report(read, size);
        return count;
    }
}
