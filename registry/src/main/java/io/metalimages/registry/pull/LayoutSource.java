package io.metalimages.registry.pull;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** An image in an OCI image layout. */
public final class LayoutSource implements ImageSource {

    private static final String INDEX = "index.json";
    private static final String TAG = "org.opencontainers.image.ref.name";
    private static final String LATEST = "latest";
    private static final int LARGEST_DOCUMENT = 4 << 20;

    private final LayoutFiles files;
    private final String place;
    private final Optional<String> tag;
    private final Optional<Digest> digest;

    /**
     * An image in a layout; nothing is read yet.
     *
     * @param place what the user calls the layout
     * @param tag empty for the only image, or else the one that is tagged {@code latest}
     * @param digest takes precedence over the tag
     */
    public LayoutSource(LayoutFiles files, String place, Optional<String> tag, Optional<Digest> digest) {
        this.files = files;
        this.place = place;
        this.tag = tag;
        this.digest = digest;
    }

    @Override
    public String name() {
        return "oci-layout://" + place
                + digest.map(value -> "@" + Descriptor.written(value))
                        .or(() -> tag.map(value -> ":" + value))
                        .orElse("");
    }

    @Override
    public Digest resolve() throws IOException {
        if (digest.isPresent()) {
            return digest.get();
        }
        byte[] index = document(INDEX)
                .orElseThrow(() -> FaultException.wrongInput(
                        place + " is no OCI image layout: it has no " + INDEX + ".",
                        "Name the directory, or the tar, that has one."));
        List<Descriptor> manifests =
                Manifest.read(index, INDEX + " of " + place).manifests();
        String wanted = tag.orElse(LATEST);
        Optional<Descriptor> found = manifests.stream()
                .filter(described -> isTagged(described, wanted))
                .findFirst();
        if (found.isEmpty() && tag.isEmpty() && manifests.size() == 1) {
            found = Optional.of(manifests.getFirst());
        }
        return found.orElseThrow(() -> FaultException.wrongInput(
                        "There is no image " + wanted + " in " + place + ".", tags(manifests)))
                .digest();
    }

    /** Some tools write the whole name of an image where the specification has its tag. */
    private static boolean isTagged(Descriptor described, String wanted) {
        String written = described.annotations().getOrDefault(TAG, "");
        return written.equals(wanted) || written.endsWith(":" + wanted);
    }

    private static String tags(List<Descriptor> manifests) {
        String tags = manifests.stream()
                .flatMap(
                        described -> Optional.ofNullable(described.annotations().get(TAG)).stream())
                .map(ForeignText::line)
                .collect(Collectors.joining(", "));
        return tags.isEmpty() ? "Name one by its digest." : "It has " + tags + ".";
    }

    private Optional<byte[]> document(String path) throws IOException {
        Optional<InputStream> opened = files.open(path);
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream input = opened.get()) {
            byte[] bytes = input.readNBytes(LARGEST_DOCUMENT + 1);
            if (bytes.length > LARGEST_DOCUMENT) {
                throw FaultException.wrongInput(
                        path + " of " + place + " has more than " + LARGEST_DOCUMENT + " bytes.", null);
            }
            return Optional.of(bytes);
        }
    }

    @Override
    public byte[] manifest(Digest wanted) throws IOException {
        byte[] bytes = document(path(wanted)).orElseThrow(() -> missing(wanted));
        if (!Digest.of(bytes).equals(wanted)) {
            throw FaultException.wrongInput(
                    path(wanted) + " of " + place + " has another digest than its name.", "The layout is damaged.");
        }
        return bytes;
    }

    @Override
    public InputStream open(Descriptor content) throws IOException {
        InputStream input = files.open(path(content.digest())).orElseThrow(() -> missing(content.digest()));
        return new CheckedInput(input, content, "Reading " + Descriptor.written(content.digest()) + " of " + place);
    }

    private static String path(Digest digest) {
        return "blobs/sha256/" + digest.hex();
    }

    private FaultException missing(Digest wanted) {
        return FaultException.wrongInput(
                "There is no " + Descriptor.written(wanted) + " in " + place + ".", "The layout is not whole.");
    }

    @Override
    public void close() {
        files.close();
    }
}
