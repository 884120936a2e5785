package io.metalimages.artifact;

import io.metalimages.artifact.lz4.Block;
import io.metalimages.artifact.lz4.Compressor;
import io.metalimages.artifact.lz4.Lz4Frame;
import io.metalimages.artifact.tar.FileTree;
import io.metalimages.artifact.tar.TarEntry;
import io.metalimages.artifact.tar.TarHeader;
import io.metalimages.common.Digests;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import net.jpountz.xxhash.StreamingXXHash32;

/** A small artifact, made byte by byte: as the contract wants it, until a test changes it. */
public final class SampleImage {

    public static final String KERNEL = "6.1.0-1-amd64";

    public static final String NETWORK_ENABLED = "etc/systemd/system/multi-user.target.wants/systemd-networkd.service";

    static final String STATUS = """
            Package: base-files
            Status: install ok installed
            Architecture: amd64
            Version: 12.4+deb12u12

            Package: libc6
            Status: install ok installed
            Architecture: amd64
            Multi-Arch: same
            Version: 2.36-9

            Package: gone
            Status: unknown ok not-installed
            Architecture: amd64
            """;

    public static final String PACKAGES = """
            Desired=Unknown/Install/Remove/Purge/Hold
            ||/ Name        Version        Architecture Description
            +++-===========-==============-============-===========
            ii  base-files  12.4+deb12u12  amd64        Debian base system miscellaneous files
            ii  libc6:amd64 2.36-9         amd64        GNU C Library: Shared libraries
            """;

    private static final SortedMap<String, byte[]> NO_ATTRIBUTES = new TreeMap<>();

    private static final Compressor COMPRESSOR = new Compressor();

    /** An entry with its header and content as they stand in the tar. */
    private record Part(String path, ByteBuffer bytes) {}

    private final List<Part> parts = new ArrayList<>();
    private byte[] end = new byte[FileTree.END_BYTES];
    private UnaryOperator<byte[]> frame = plain -> frame(plain, 0x64, 0x70);

    /** An image in which nothing is wrong. */
    public static SampleImage good() {
        SampleImage image = new SampleImage();
        for (String directory : List.of("boot", "etc", "usr", "usr/bin", "usr/lib", "usr/sbin", "var")) {
            image.directory(directory, 0755, 0, 0);
        }
        image.symbolicLink("sbin", "usr/sbin");
        image.symbolicLink("lib", "usr/lib");
        image.file("boot/System.map-" + KERNEL, "map", 0644);
        image.file("boot/initrd.img-" + KERNEL, "initramfs", 0644);
        image.file("boot/vmlinuz-" + KERNEL, "kernel", 0644);
        image.file("etc/group", "root:x:0:\nshadow:x:42:\nsome:x:77:\n", 0644);
        image.symbolicLink("etc/os-release", "../usr/lib/os-release");
        image.file("etc/passwd", "root:x:0:0::/root:/bin/sh\nsome:x:88:77::/:/bin/false\n", 0644);
        image.file("install.sh", "#!/bin/sh\n", 0755);
        image.file("usr/bin/systemd-tmpfiles", "program", 0755);
        image.file("usr/lib/modules/" + KERNEL + "/modules.dep", "dependencies", 0644);
        image.file("usr/lib/os-release", "NAME=\"Debian\"\nID=debian\n", 0644);
        image.file("usr/lib/systemd/systemd", "init", 0755);
        image.file("usr/lib/systemd/system/systemd-networkd.service", "[Service]\n", 0644);
        image.symbolicLink(NETWORK_ENABLED, "/lib/systemd/system/systemd-networkd.service");
        image.symbolicLink("usr/sbin/init", "/lib/systemd/systemd");
        image.file("var/lib/dpkg/status", STATUS, 0644);
        return image;
    }

    public SampleImage file(String path, String content, int mode) {
        return file(path, content, mode, 0, 0, NO_ATTRIBUTES);
    }

    public SampleImage file(
            String path, String content, int mode, long owner, long group, SortedMap<String, byte[]> attributes) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        return entry(
                new TarEntry(TarEntry.Type.FILE, path, mode, owner, group, 0, bytes.length, "", attributes), bytes);
    }

    public SampleImage directory(String path, int mode, long owner, long group) {
        return entry(
                new TarEntry(TarEntry.Type.DIRECTORY, path, mode, owner, group, 0, 0, "", NO_ATTRIBUTES), new byte[0]);
    }

    public SampleImage symbolicLink(String path, String target) {
        return entry(
                new TarEntry(TarEntry.Type.SYMBOLIC_LINK, path, 0777, 0, 0, 0, 0, target, NO_ATTRIBUTES), new byte[0]);
    }

    public SampleImage hardLink(String path, String target) {
        return entry(new TarEntry(TarEntry.Type.HARD_LINK, path, 0644, 0, 0, 0, 0, target, NO_ATTRIBUTES), new byte[0]);
    }

    private SampleImage entry(TarEntry entry, byte[] content) {
        return raw(entry.path(), TarHeader.encode(entry), content);
    }

    /** An entry of a type that the writer does not know. */
    public SampleImage typed(String path, char type) {
        byte[] header = TarHeader.encode(new TarEntry(TarEntry.Type.FILE, path, 0644, 0, 0, 0, 0, "", NO_ATTRIBUTES));
        header[156] = (byte) type;
        return raw(path, summed(header), new byte[0]);
    }

    /** A header with the sum that fits it. */
    public static byte[] summed(byte[] header) {
        byte[] copy = header.clone();
        System.arraycopy("        ".getBytes(StandardCharsets.US_ASCII), 0, copy, 148, 8);
        int sum = 0;
        for (byte value : copy) {
            sum += value & 0xff;
        }
        System.arraycopy("%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII), 0, copy, 148, 8);
        return copy;
    }

    public SampleImage raw(String path, byte[] header, byte[] content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(header);
        bytes.writeBytes(content);
        bytes.writeBytes(new byte[TarHeader.padding(content.length)]);
        parts.add(new Part(path, ByteBuffer.wrap(bytes.toByteArray())));
        return this;
    }

    public SampleImage without(String path) {
        if (!parts.removeIf(part -> part.path().equals(path))) {
            throw new IllegalArgumentException("there is no " + path);
        }
        return this;
    }

    /** Ends the tar with these bytes. */
    public SampleImage endingWith(byte[] bytes) {
        end = bytes;
        return this;
    }

    /** Packs the tar in another way than one frame as the contract wants it. */
    public SampleImage framed(UnaryOperator<byte[]> other) {
        frame = other;
        return this;
    }

    public byte[] tar() {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        parts.forEach(part -> tar.writeBytes(part.bytes().array()));
        tar.writeBytes(end);
        return tar.toByteArray();
    }

    /** Where the entry of {@code path} begins in the tar. */
    public int offset(String path) {
        int offset = 0;
        for (Part part : parts) {
            if (part.path().equals(path)) {
                return offset;
            }
            offset += part.bytes().capacity();
        }
        throw new IllegalArgumentException("there is no " + path);
    }

    /** Writes the artifact's four files. */
    public ArtifactLocation write(Path directory) throws IOException {
        ArtifactLocation location = ArtifactLocation.in(Files.createDirectories(directory));
        byte[] tarball = frame.apply(tar());
        Files.write(location.tarball(), tarball);
        sum(location.md5File(), Digests.md5().digest(tarball));
        sum(location.sha256File(), Digests.sha256().digest(tarball));
        Files.writeString(location.packages(), PACKAGES);
        return location;
    }

    private static void sum(Path file, byte[] digest) throws IOException {
        Files.writeString(file, HexFormat.of().formatHex(digest) + "  img.tar.lz4\n");
    }

    /** One frame around {@code plain}, with the flags that these two bytes have, in blocks of 4 KiB. */
    public static byte[] frame(byte[] plain, int flags, int blockDescriptor) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        byte[] descriptor = {(byte) flags, (byte) blockDescriptor};
        boolean sized = (flags & 8) != 0;
        if (sized) {
            descriptor = ByteBuffer.allocate(10)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put(descriptor)
                    .putLong(plain.length)
                    .array();
        }
        frame.writeBytes(word(0x184D2204));
        frame.writeBytes(descriptor);
        frame.write(COMPRESSOR.hash32().hash(descriptor, 0, descriptor.length, 0) >>> 8);
        for (int from = 0; from < plain.length; from += 4096) {
            int length = Math.min(4096, plain.length - from);
            Block block = new Block(COMPRESSOR.mostCompressed(Lz4Frame.LARGEST_BLOCK));
            System.arraycopy(plain, from, block.content, 0, length);
            block.length = length;
            COMPRESSOR.compress(block);
            block.seal();
            byte[] bytes = new byte[block.frameBytes().remaining()];
            block.frameBytes().get(bytes);
            frame.writeBytes(bytes);
            if ((flags & 16) != 0) {
                frame.writeBytes(word(COMPRESSOR.hash32().hash(bytes, 4, bytes.length - 4, 0)));
            }
        }
        frame.writeBytes(word(0));
        if ((flags & 4) != 0) {
            try (StreamingXXHash32 hash = COMPRESSOR.contentHash()) {
                hash.update(plain, 0, plain.length);
                frame.writeBytes(word(hash.getValue()));
            }
        }
        return frame.toByteArray();
    }

    public static byte[] word(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    public static byte[] joined(byte[]... arrays) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] array : arrays) {
            all.writeBytes(array);
        }
        return all.toByteArray();
    }
}
