package io.metalimages.build.image;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.work.RecordFile;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.MediaTypes;
import io.metalimages.registry.pull.ImageSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * An image of a registry whose manifests and configuration are kept, so that nobody is asked for what is known by its
 * digest. What a tag led to is kept, too, but only to tell of it: each build asks.
 */
final class KnownDocuments implements ImageSource {

    private static final int LARGEST_DOCUMENT = 4 << 20;

    private final ImageSource source;
    private final String nameWithoutTag;
    private final StateDirectory state;
    private final WorkDirectory work;

    /** What a name led to when it was last asked for. */
    private record Resolved(String name, String digest) {}

    /** Reads a document from where the image is kept. */
    @FunctionalInterface
    private interface Reading {
        byte[] read() throws IOException, InterruptedException;
    }

    KnownDocuments(ImageSource source, String nameWithoutTag, StateDirectory state, WorkDirectory work) {
        this.source = source;
        this.nameWithoutTag = nameWithoutTag;
        this.state = state;
        this.work = work;
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public Digest resolve() throws IOException, InterruptedException {
        Path record = state.bases().resolve("tag-" + Digest.of(name()).hex());
        try {
            Digest digest = source.resolve();
            RecordFile.replace(record, new Resolved(name(), digest.hex()), work);
            return digest;
        } catch (FaultException fault) {
            Optional<Resolved> before = RecordFile.read(record, Resolved.class);
            if (fault.category() != FaultException.Category.REMOTE_FAULT || before.isEmpty()) {
                throw fault;
            }
            throw new FaultException(
                    fault.category(),
                    fault.getMessage() + " When it was last asked for, " + name() + " was sha256:"
                            + before.get().digest() + ".",
                    "Build again when the registry can be reached; or start from what it was: " + nameWithoutTag
                            + "@sha256:" + before.get().digest(),
                    fault);
        }
    }

    @Override
    public byte[] manifest(Digest digest) throws IOException, InterruptedException {
        return known(digest, () -> source.manifest(digest));
    }

    @Override
    public InputStream open(Descriptor content) throws IOException, InterruptedException {
        if (!MediaTypes.isImageConfiguration(content.mediaType()) || content.size() > LARGEST_DOCUMENT) {
            return source.open(content);
        }
        return new ByteArrayInputStream(known(content.digest(), () -> {
            try (InputStream input = source.open(content)) {
                return input.readAllBytes();
            }
        }));
    }

    /** A file that is damaged counts as none. */
    private byte[] known(Digest digest, Reading reading) throws IOException, InterruptedException {
        Path file = state.bases().resolve("document-" + digest.hex());
        try {
            byte[] kept = Files.readAllBytes(file);
            if (Digest.of(kept).equals(digest)) {
                return kept;
            }
        } catch (NoSuchFileException absent) {
            // It is fetched, then.
        }
        byte[] fetched = reading.read();
        Path written = Files.createFile(work.newDirectory("document").resolve("written"), StateDirectory.PRIVATE_FILE);
        Files.write(written, fetched);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return fetched;
    }

    @Override
    public void close() {
        source.close();
    }
}
