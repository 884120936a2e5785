package io.metalimages.artifact;

import io.metalimages.artifact.export.ExportOptions;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.lz4.Lz4Frame;
import io.metalimages.artifact.tar.ModificationTimes;
import io.metalimages.common.linux.ExtendedAttributes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;

/** Makes root file systems for tests. */
public final class SampleTree {

    public static final Instant EPOCH = Instant.ofEpochSecond(1_750_000_000);

    public static final ModificationTimes TIMES = ModificationTimes.notAfter(EPOCH);

    /** What {@code setcap cap_net_raw+ep} writes: VFS_CAP_REVISION_2, linux/capability.h. */
    public static final byte[] CAPABILITY = HexFormat.of().parseHex("0100000200200000000000000000000000000000");

    private final Path root;

    public SampleTree(Path root) throws IOException {
        this.root = Files.createDirectories(root);
    }

    public Path root() {
        return root;
    }

    public Path directory(String path) throws IOException {
        return Files.createDirectories(root.resolve(path));
    }

    public Path file(String path, byte[] content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.write(file, content);
    }

    public Path file(String path, String content) throws IOException {
        return file(path, content.getBytes(StandardCharsets.UTF_8));
    }

    /** A file that takes no room on the disk, and reads as zeros. */
    public Path sparseFile(String path, long size) throws IOException {
        Path file = file(path, "");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(size);
        }
        return file;
    }

    /** Bytes that don't compress. */
    public static byte[] noise(int length, long seed) {
        byte[] noise = new byte[length];
        new Random(seed).nextBytes(noise);
        return noise;
    }

    /** Bytes that compress to about a half. */
    public static byte[] text(int length, long seed) {
        Random random = new Random(seed);
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++) {
            text[i] = (byte) ('a' + Math.abs(random.nextGaussian()) * 4);
        }
        return text;
    }

    /** Everything that a tar entry can be, with what is hard to get right about it. Needs root. */
    public static SampleTree ofEverything(Path root) throws IOException {
        SampleTree tree = new SampleTree(root);
        tree.file("etc/passwd", "root:x:0:0::/root:/bin/sh\n");
        tree.file("etc/empty", "");
        tree.file("usr/bin/su", SampleTree.noise(30_000, 1));
        Files.setAttribute(root.resolve("usr/bin/su"), "unix:mode", 0104755);
        tree.file("usr/bin/ping", SampleTree.noise(50_001, 2));
        ExtendedAttributes.write(root.resolve("usr/bin/ping"), "security.capability", CAPABILITY);
        tree.file("usr/bin/block", SampleTree.noise(Lz4Frame.LARGEST_BLOCK, 3));
        tree.file("usr/bin/text", SampleTree.text(4_500_000, 4));
        tree.sparseFile("usr/share/sparse", 5_000_000);
        Files.createLink(root.resolve("usr/bin/a-link-to-ping"), root.resolve("usr/bin/ping"));
        Files.createLink(root.resolve("etc/zz-link-to-ping"), root.resolve("usr/bin/ping"));
        Files.createSymbolicLink(tree.directory("usr/lib").resolve("absolute"), Path.of("/etc/passwd"));
        Files.createSymbolicLink(root.resolve("usr/lib/dangling"), Path.of("../no//such/./file/"));
        Files.createSymbolicLink(root.resolve("usr/lib/long"), Path.of("x".repeat(150)));
        Files.createSymbolicLink(root.resolve("usr/lib/ümlaut"), Path.of("zur Größe/öffnen"));
        tree.file("usr/share/Főtanúsítvány-😀.crt", "certificate\n");
        tree.file("usr/share/with space\tand tab", "x\n");
        tree.file("usr/" + "d".repeat(99) + "/" + "f".repeat(100), "fits ustar when divided\n");
        tree.file("usr/" + "e".repeat(170) + "/" + "g".repeat(120), "does not fit ustar\n");
        tree.directory("usr/" + "h".repeat(90) + "/" + "i".repeat(99));
        tree.file("usr/owned", "x");
        Files.setAttribute(root.resolve("usr/owned"), "unix:uid", 1000);
        Files.setAttribute(root.resolve("usr/owned"), "unix:gid", 3_000_000);
        tree.directory("var/sticky");
        Files.setAttribute(root.resolve("var/sticky"), "unix:mode", 041777);
        Files.setPosixFilePermissions(tree.directory("root"), Set.of(PosixFilePermission.OWNER_READ));
        Files.setLastModifiedTime(root.resolve("etc/passwd"), FileTime.from(Instant.ofEpochSecond(1_000_000_000, 5)));
        for (String mountPoint : new String[] {"dev", "proc", "sys", "tmp", "run"}) {
            tree.file(mountPoint + "/below/x", "must not ship\n");
        }
        return tree;
    }

    public ExportOptions options(Path cache) {
        return new ExportOptions(TIMES, new BlockCache(cache), 2);
    }
}
