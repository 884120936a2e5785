package io.metalimages.engine.archive;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** An archive, packed by another implementation. */
public final class Archive {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8");

    public Archive() {
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    }

    public Archive file(String name, String content, int mode) {
        return file(name, content, mode, Map.of());
    }

    /** A file with further records in its POSIX header. */
    public Archive file(String name, String content, int mode, Map<String, String> records) {
        TarArchiveEntry entry = new TarArchiveEntry(name, true);
        byte[] data = content.getBytes(StandardCharsets.UTF_8);
        entry.setSize(data.length);
        entry.setMode(mode);
        entry.setIds(12, 34);
        records.forEach(entry::addPaxHeader);
        return put(entry, data);
    }

    public Archive directory(String name, int mode) {
        return entry(name + "/", TarConstants.LF_DIR, "", mode);
    }

    /** A device is 1:300. */
    public Archive entry(String name, byte type, String target, int mode) {
        return entry(name, type, target, mode, type == TarConstants.LF_CHR ? 1 : 0, 300);
    }

    public Archive device(String name, int major, int minor) {
        return entry(name, TarConstants.LF_CHR, "", 0600, major, minor);
    }

    private Archive entry(String name, byte type, String target, int mode, int major, int minor) {
        TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
        entry.setLinkName(target);
        entry.setMode(mode);
        if (type == TarConstants.LF_CHR) {
            entry.setDevMajor(major);
            entry.setDevMinor(minor);
        }
        return put(entry, new byte[0]);
    }

    private Archive put(TarArchiveEntry entry, byte[] data) {
        entry.setModTime(1_000_000_000_000L);
        try {
            tar.putArchiveEntry(entry);
            tar.write(data);
            tar.closeArchiveEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public byte[] bytes() {
        try {
            tar.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** The same, but its first header says that its file has this size. */
    public static byte[] withSize(byte[] archive, long size) {
        byte[] changed = archive.clone();
        ByteBuffer.wrap(changed, 124, 12).putInt(0x8000_0000).putLong(size);
        Arrays.fill(changed, 148, 156, (byte) ' ');
        int sum = 0;
        for (int position = 0; position < 512; position++) {
            sum += changed[position] & 0xff;
        }
        byte[] checksum = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(checksum, 0, changed, 148, checksum.length);
        return changed;
    }

    public static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream output = new GZIPOutputStream(compressed)) {
            output.write(content);
        }
        return compressed.toByteArray();
    }

    public static byte[] zstd(byte[] content) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream output = new ZstdOutputStream(compressed)) {
            output.write(content);
        }
        return compressed.toByteArray();
    }
}
