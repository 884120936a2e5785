package io.metalimages.store.channel;

import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Killed publishers, in a directory. */
final class DirectoryKilledPublisherTest extends KilledPublisherTest {

    private Path root() {
        return directory().resolve("store");
    }

    @Override
    String url() {
        return root().toString();
    }

    @Override
    Map<String, String> environment() {
        return Map.of();
    }

    @Override
    List<String> secrets() {
        return List.of();
    }

    @Override
    ObjectStore open() {
        return DirectoryStore.in(root());
    }

    @Override
    Object switched(ObjectStore store) throws IOException {
        return Files.readSymbolicLink(root().resolve(IMAGE.value()));
    }
}
