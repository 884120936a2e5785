package io.metalimages.store.object.directory;

import io.metalimages.common.InputOutputReason;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Lists the objects of a {@link DirectoryStore} in the order of a bucket, one directory after the other. */
final class DirectoryListing {

    private final Path root;
    private final DirectoryStore store;

    DirectoryListing(Path root, DirectoryStore store) {
        this.root = root;
        this.store = store;
    }

    /** A name in a directory, with a slash behind it if it is itself one: a bucket compares that slash, too. */
    private record Child(ObjectKey key, boolean isDirectory) {

        byte[] order() {
            return (isDirectory ? key + "/" : key.value()).getBytes(StandardCharsets.UTF_8);
        }
    }

    Stream<ObjectSummary> below(Path directory) {
        return children(directory).stream()
                .flatMap(child ->
                        child.isDirectory() ? below(root.resolve(child.key().value())) : find(child.key()).stream());
    }

    List<String> directories(Path directory) throws StoreException {
        try {
            return children(directory).stream()
                    .filter(Child::isDirectory)
                    .filter(child ->
                            below(root.resolve(child.key().value())).findFirst().isPresent())
                    .map(child -> child.key().name())
                    .toList();
        } catch (UncheckedIOException e) {
            throw StoreException.in(e);
        }
    }

    private List<Child> children(Path directory) {
        List<Child> children = new ArrayList<>();
        try {
            for (Path path : paths(directory)) {
                Optional<ObjectKey> key = ObjectKey.parse(root.relativize(path).toString());
                if (key.isPresent()) {
                    children.add(new Child(key.get(), store.isDirectory(path)));
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of(); // gone meanwhile
        } catch (IOException e) {
            throw new UncheckedIOException(new StoreException.Refused(
                    "Tried to list " + directory + " but failed: " + InputOutputReason.of(e) + ".", e));
        }
        children.sort(Comparator.comparing(Child::order, Arrays::compareUnsigned));
        return children;
    }

    private static List<Path> paths(Path directory) throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private Optional<ObjectSummary> find(ObjectKey key) {
        try {
            return store.find(key);
        } catch (StoreException e) {
            throw new UncheckedIOException(e);
        }
    }
}
