package io.metalimages.engine.snapshot;

import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.OverlayFormat;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.common.linux.TreeDeletion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Does to a whole directory what an overlay shows of a layer that lies on it. The layer's files are moved there. */
final class LayerMerge {

    private final OverlayFormat format;

    LayerMerge(OverlayFormat format) {
        this.format = format;
    }

    void merge(Path layer, Path into) throws IOException {
        try (RootDirectory from = RootDirectory.open(above(layer));
                RootDirectory to = RootDirectory.open(above(into))) {
            mergeDirectory(from.top(), name(layer), to.top(), name(into));
        }
    }

    private static Path above(Path path) {
        return Objects.requireNonNull(path.toAbsolutePath().getParent());
    }

    private static String name(Path path) {
        return Objects.requireNonNull(path.getFileName()).toString();
    }

    private void mergeDirectory(OpenedDirectory fromAbove, String fromName, OpenedDirectory toAbove, String toName)
            throws IOException {
        try (OpenedDirectory from = fromAbove.directory(fromName).orElseThrow();
                OpenedDirectory to = toAbove.directory(toName).orElseThrow()) {
            if (format.isOpaque(from)) {
                for (String name : to.names()) {
                    TreeDeletion.delete(to, name);
                }
            }
            FileStatus status = from.status();
            for (String name : from.names()) {
                mergeEntry(from, name, to);
            }
            toAbove.changeOwner(toName, status.user(), status.group());
            for (Map.Entry<String, byte[]> attribute : from.attributes().entrySet()) {
                if (!OverlayFormat.isOwnAttribute(attribute.getKey())) {
                    toAbove.writeAttribute(toName, attribute.getKey(), attribute.getValue());
                }
            }
            toAbove.changeMode(toName, status.permissions());
            to.changeModified(status.modified());
        }
    }

    private void mergeEntry(OpenedDirectory from, String name, OpenedDirectory to) throws IOException {
        FileStatus status = from.status(name).orElseThrow();
        Optional<FileStatus> before = to.status(name);
        if (status.isDirectory() && before.filter(FileStatus::isDirectory).isPresent()) {
            mergeDirectory(from, name, to, name);
            return;
        }
        if (before.isPresent()) {
            TreeDeletion.delete(to, name);
        }
        if (!OverlayFormat.isWhiteout(status)) {
            from.move(name, to, name);
        }
    }
}
