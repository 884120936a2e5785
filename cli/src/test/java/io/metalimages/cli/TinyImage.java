package io.metalimages.cli;

import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.export.ExportOptions;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.artifact.export.SidecarFiles;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.tar.ModificationTimes;
import io.metalimages.supplychain.ImageDocuments;
import io.metalimages.supplychain.statement.BuildFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** An image that keeps the contract and is a few kilobytes. */
public final class TinyImage {

    public static final String KERNEL = "6.1.0-1-amd64";

    private final Path root;
    private final Path blocks;

    /** @param directory for what the image is made of */
    public TinyImage(Path directory) throws IOException {
        root = directory.resolve("root");
        blocks = directory.resolve("blocks");
        file("boot/System.map-" + KERNEL, "map");
        file("boot/vmlinuz-" + KERNEL, "kernel");
        file("boot/initrd.img-" + KERNEL, "initramfs");
        file("usr/lib/modules/" + KERNEL + "/modules.dep", "dependencies");
        Files.createSymbolicLink(root.resolve("lib"), Path.of("usr/lib"));
        file("etc/os-release", "ID=debian\n");
        program(file("sbin/init", "init"));
        program(file("install.sh", "#!/bin/sh\n"));
    }

    public Path root() {
        return root;
    }

    public Path file(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    public static void program(Path file) throws IOException {
        Files.setAttribute(file, "unix:mode", 0100755);
    }

    /** Writes the image's files into {@code artifact}. */
    public void exportTo(Path artifact) throws IOException, InterruptedException {
        exportTo(artifact, SidecarFiles.NONE);
    }

    /** Writes the image's files into {@code artifact}, with those that tell of its packages and its build. */
    public void exportWithDocumentsTo(Path artifact, String name) throws IOException, InterruptedException {
        BuildFacts facts = new BuildFacts(
                name,
                "os/tiny/Dockerfile",
                Optional.empty(),
                new TreeMap<>(),
                new TreeMap<>(),
                Instant.EPOCH,
                Optional.of(new BuildFacts.Sources(
                        Optional.of("https://git.example.org/images"), "0123456789".repeat(4), false)),
                List.of(),
                List.of(),
                "https://ci.example.org/runner",
                Optional.empty(),
                "1");
        try (ImageDocuments documents = ImageDocuments.begin(root, facts)) {
            exportTo(artifact, documents);
        }
    }

    private void exportTo(Path artifact, SidecarFiles sidecars) throws IOException, InterruptedException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path path : files.filter(path -> Files.isDirectory(path) && !Files.isSymbolicLink(path))
                    .toList()) {
                Files.setAttribute(path, "unix:mode", 040755);
            }
        }
        new ArtifactExporter(new ExportOptions(ModificationTimes.notAfter(Instant.EPOCH), new BlockCache(blocks)))
                .export(root, artifact, sidecars, ExportProgress.SILENT);
    }
}
