package io.metalimages.artifact.diff;

import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.tar.TarEntry;
import io.metalimages.artifact.tar.TarScanner;
import io.metalimages.common.Digest;
import io.metalimages.common.Digests;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Notes down what a tar has, with the digest of each content. Takes a few hundred bytes for each file. */
final class ImageInventory implements TarScanner.Visitor {

    private final SortedMap<String, ImageFile> files = new TreeMap<>();
    private final MessageDigest digest = Digests.sha256();
    private Optional<TarEntry> open = Optional.empty();

    @Override
    public boolean entry(TarEntry entry) {
        close();
        if (entry.type() == TarEntry.Type.HARD_LINK) {
            Optional.ofNullable(files.get(entry.linkTarget()))
                    .ifPresent(first -> files.put(entry.path(), furtherName(first, entry.linkTarget())));
        } else {
            open = Optional.of(entry);
        }
        return false;
    }

    private static ImageFile furtherName(ImageFile first, String target) {
        return new ImageFile(
                first.kind(),
                first.mode(),
                first.owner(),
                first.group(),
                first.modified(),
                first.bytes(),
                first.content(),
                target,
                first.attributes());
    }

    @Override
    public void piece(byte[] bytes, int offset, int length) {
        digest.update(bytes, offset, length);
    }

    private void close() {
        open.ifPresent(entry -> files.put(entry.path(), file(entry)));
        open = Optional.empty();
    }

    private ImageFile file(TarEntry entry) {
        HexFormat hexadecimal = HexFormat.of();
        SortedMap<String, String> attributes = new TreeMap<>();
        entry.attributes().forEach((name, value) -> attributes.put(name, hexadecimal.formatHex(value)));
        Optional<Digest> content = entry.type() == TarEntry.Type.FILE
                ? Optional.of(new Digest(hexadecimal.formatHex(digest.digest())))
                : Optional.empty();
        return new ImageFile(
                switch (entry.type()) {
                    case FILE, HARD_LINK -> ImageFile.Kind.FILE;
                    case DIRECTORY -> ImageFile.Kind.DIRECTORY;
                    case SYMBOLIC_LINK -> ImageFile.Kind.SYMBOLIC_LINK;
                },
                entry.mode(),
                entry.owner(),
                entry.group(),
                entry.modified(),
                entry.size(),
                content,
                entry.linkTarget(),
                attributes);
    }

    @Override
    public void content(TarEntry entry, byte[] content) {
        throw new IllegalStateException("no content was asked for");
    }

    @Override
    public void breach(CheckCode code, String path, String detail) {
        // Whether machines would take the image is not asked here.
    }

    /** All files by their paths, without slashes around them; no more entries come. */
    SortedMap<String, ImageFile> files() {
        close();
        return files;
    }
}
