package io.metalimages.supplychain;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.export.SidecarFiles;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.supplychain.packages.Inventory;
import io.metalimages.supplychain.packages.SecurityUpdates;
import io.metalimages.supplychain.statement.BuildFacts;
import io.metalimages.supplychain.statement.Provenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The files that tell what an image is made of and from: its security updates, two bills of materials, its provenance. What
 * they need of the tree is read on a thread of its own while the tarball is made.
 */
public final class ImageDocuments implements SidecarFiles, AutoCloseable {

    private final BuildFacts facts;
    private final FutureTask<Content> reading;
    private final Thread reader;

    private record Content(Inventory inventory, SecurityUpdates updates) {}

    private ImageDocuments(BuildFacts facts, FutureTask<Content> reading, Thread reader) {
        this.facts = facts;
        this.reading = reading;
        this.reader = reader;
    }

    /**
     * Begins to read.
     *
     * @param root must not change until this is closed
     */
    public static ImageDocuments begin(Path root, BuildFacts facts) {
        FutureTask<Content> reading =
                new FutureTask<>(() -> new Content(Inventory.read(root), SecurityUpdates.read(root, facts.date())));
        return new ImageDocuments(
                facts,
                reading,
                Thread.ofPlatform().daemon().name("image-documents").start(reading));
    }

    @Override
    public void write(ArtifactLocation written, String sha256) throws IOException, InterruptedException {
        Content content = content();
        DescribedImage image = new DescribedImage(facts.image(), new Digest(sha256), facts.date(), facts.program());
        write(written, ArtifactLocation.SECURITY_UPDATES, content.updates().toJson());
        write(written, ArtifactLocation.CYCLONEDX, CycloneDxDocument.of(image, content.inventory()));
        write(written, ArtifactLocation.SPDX, SpdxDocument.of(image, content.inventory()));
        SequencedMap<String, Digest> subjects = new LinkedHashMap<>();
        for (Map.Entry<String, Path> file : written.files().entrySet()) {
            boolean tarball = file.getValue().equals(written.tarball());
            subjects.put(file.getKey(), tarball ? image.tarball() : Digest.ofFile(file.getValue()));
        }
        write(written, ArtifactLocation.PROVENANCE, Provenance.write(facts, subjects));
    }

    /** Waits until nothing is read any more, which takes a second at most. */
    @Override
    public void close() {
        boolean interrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void write(ArtifactLocation written, String name, byte[] content) throws IOException {
        Files.write(written.sidecar(name), content);
    }

    private Content content() throws IOException, InterruptedException {
        try {
            return reading.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException trouble ->
                    throw new IOException(
                            "what the image says of its packages could not be read: " + trouble.getMessage(), trouble);
                case FaultException fault -> throw fault;
                case null, default -> throw new IllegalStateException("reading the packages failed", e);
            }
        }
    }
}
