package io.metalimages.engine.snapshot;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What an operation made: a stack of directories, each with the changes of one operation in overlayfs's form.
 *
 * @param id names the snapshot, and through it everything below
 * @param layers the lowest first; empty for an empty file system
 * @param begun when the work on the lowest layer began: a file that is younger was made by a build, not shipped by a
 *     package
 */
public record Snapshot(String id, List<Path> layers, Instant begun) {

    public Snapshot {
        layers = List.copyOf(layers);
    }
}
