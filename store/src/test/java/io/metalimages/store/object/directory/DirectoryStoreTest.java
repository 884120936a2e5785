package io.metalimages.store.object.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObjectStoreTest;
import io.metalimages.store.object.ObjectSummary;
import io.metalimages.store.object.ObjectVersion;
import io.metalimages.store.object.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The suite of all stores, and what is so in a directory only. */
final class DirectoryStoreTest extends ObjectStoreTest {

    @TempDir
    private Path directory;

    @Override
    public ObjectStore openEmpty() {
        return DirectoryStore.in(root());
    }

    @Override
    public int longListing() {
        return 50;
    }

    @Override
    public int largeBytes() {
        return 5_000_000;
    }

    private Path root() {
        return directory.resolve("store");
    }

    private Path path(String key) {
        return root().resolve(key);
    }

    private long unfinished() throws IOException {
        try (Stream<Path> files = Files.list(root().resolve(".metal-images/unfinished"))) {
            return files.count();
        }
    }

    @Test
    void readingMakesNothing() throws Exception {
        assertThat(store().find(key("a"))).isEmpty();
        try (Stream<ObjectSummary> objects = store().list("")) {
            assertThat(objects).isEmpty();
        }
        assertThat(root()).doesNotExist();
    }

    @Test
    void objectsAreFilesThatNobodyMayWriteTo() throws Exception {
        store().writeIfAbsent(key("a/b"), text("content"));
        assertThat(path("a/b")).hasContent("content");
        assertThat(Files.getPosixFilePermissions(path("a/b")).toString()).doesNotContain("WRITE");
        assertThat(unfinished()).isZero();
    }

    @Test
    void projectionsAreRelativeLinksThatMoveWithTheStore() throws Exception {
        store().writeIfAbsent(key("objects/1"), text("image"));
        SequencedMap<String, ObjectKey> sources = new LinkedHashMap<>();
        sources.put("img.tar.lz4", key("objects/1"));
        store().project(key("stable/debian/12"), sources);
        assertThat(path("stable/debian/12")).isSymbolicLink();
        assertThat(Files.readSymbolicLink(path("stable/debian/12")).isAbsolute())
                .isFalse();
        Path moved = Files.move(root(), directory.resolve("moved"));
        assertThat(moved.resolve("stable/debian/12/img.tar.lz4")).hasContent("image");
    }

    @Test
    void projectedDirectoriesAreNotWrittenInto() throws Exception {
        store().writeIfAbsent(key("objects/1"), text("image"));
        SequencedMap<String, ObjectKey> sources = new LinkedHashMap<>();
        sources.put("img.tar.lz4", key("objects/1"));
        store().project(key("stable"), sources);
        ObjectVersion version =
                store().find(key("stable/img.tar.lz4")).orElseThrow().version();
        assertThatThrownBy(() -> store().writeIfAbsent(key("stable/other"), text("x")))
                .isInstanceOf(StoreException.Refused.class);
        assertThatThrownBy(() -> store().replace(key("stable/img.tar.lz4"), version, text("x")))
                .isInstanceOf(StoreException.Refused.class);
        assertThatThrownBy(() -> store().delete(key("stable/img.tar.lz4"))).isInstanceOf(StoreException.Refused.class);
        assertThatThrownBy(() -> store().copy(key("objects/1"), key("stable/other")))
                .isInstanceOf(StoreException.Refused.class);
        assertThat(path("objects/1")).hasContent("image");
        assertThat(unfinished()).isZero();
    }

    @Test
    void linksThatLeadElsewhereAreNotFollowed() throws Exception {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "secret");
        store().writeIfAbsent(key("a/b"), text("content"));
        Files.createSymbolicLink(path("a/out"), outside);
        Files.createSymbolicLink(path("a/file"), outside.resolve("secret"));
        Files.createSymbolicLink(path("a/loop"), path("a"));
        try (Stream<ObjectSummary> objects = store().list("")) {
            assertThat(objects.map(object -> object.key().value())).containsExactly("a/b");
        }
        try (Stream<ObjectSummary> objects = store().list("a/out")) {
            assertThat(objects).isEmpty();
        }
        assertThat(store().find(key("a/out/secret"))).isEmpty();
        assertThat(store().find(key("a/file"))).isEmpty();
        assertThatThrownBy(() -> store().writeIfAbsent(key("a/out/new"), text("x")))
                .isInstanceOf(StoreException.Refused.class);
        assertThat(outside).isDirectoryContaining("glob:**/secret");
        assertThat(outside.resolve("new")).doesNotExist();
    }

    @Test
    void filesAndDirectoriesExcludeEachOther() throws Exception {
        store().writeIfAbsent(key("a/b"), text("content"));
        assertThatThrownBy(() -> store().writeIfAbsent(key("a"), text("x")))
                .isInstanceOf(StoreException.Refused.class)
                .hasMessageContaining("is a directory");
        assertThatThrownBy(() -> store().writeIfAbsent(key("a/b/c"), text("x")))
                .isInstanceOf(StoreException.Refused.class)
                .hasMessageContaining("a/b is a file");
    }

    @Test
    void abandonedFilesAreRemovedByTheNextWriter() throws Exception {
        Path abandoned = Files.createDirectories(root().resolve(".metal-images/unfinished/.unfinished-123"));
        Files.writeString(abandoned.resolve("content"), "half");
        store().writeIfAbsent(key("a"), text("content"));
        assertThat(abandoned).doesNotExist();
    }

    @Test
    void directoriesThatWereReplacedGoAfterAWhile() throws Exception {
        store().writeIfAbsent(key("objects/1"), text("1"));
        store().writeIfAbsent(key("objects/2"), text("2"));
        for (int round = 0; round < 6; round++) {
            SequencedMap<String, ObjectKey> sources = new LinkedHashMap<>();
            sources.put("img.tar.lz4", key("objects/" + (round % 2 + 1)));
            store().project(key("stable"), sources);
            if (round == 2) {
                try (Stream<Path> places = Files.walk(root().resolve(".metal-images/projections"), 2)) {
                    for (Path place : places.filter(
                                    path -> path.getFileName().toString().length() > 64)
                            .toList()) {
                        Files.setLastModifiedTime(place, FileTime.fromMillis(0));
                    }
                }
            }
        }
        try (Stream<Path> places = Files.walk(root().resolve(".metal-images/projections"), 2)) {
            // That of round 2 was in use when its time was set back, and got a grace of its own when it was replaced.
            assertThat(places.filter(path -> path.getFileName().toString().length() > 64))
                    .hasSize(4);
        }
        assertThat(path("stable/img.tar.lz4")).hasContent("2");
    }

    @Test
    void fullDiskOrMissingPermissionIsNamed() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> DirectoryStore.in(file))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("is not a directory");
        try (ObjectStore below = DirectoryStore.in(Path.of("/proc/metal-images"))) {
            assertThatThrownBy(() -> below.writeIfAbsent(key("a"), text("x")))
                    .isInstanceOf(StoreException.Refused.class)
                    .hasMessageContaining("/proc/metal-images");
        }
    }
}
