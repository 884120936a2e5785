package io.metalimages.engine.exec;

import io.metalimages.common.linux.RootedPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The empty files and directories that a container runtime makes for its mounts to lie on. They belong to no result, so
 * those that were not there before are taken away afterwards, unless something was put into them.
 */
public final class MountStubs {

    private final List<Path> missing = new ArrayList<>();

    /** Notes what of {@code targets} does not exist below {@code root} yet. */
    public MountStubs(Path root, List<String> targets) throws IOException {
        for (String target : targets) {
            Path path = RootedPath.resolve(root, target);
            for (Path part = path; part != null && !part.equals(root); part = part.getParent()) {
                if (!Files.exists(part, LinkOption.NOFOLLOW_LINKS)) {
                    missing.add(part);
                }
            }
        }
        missing.sort((left, right) -> right.getNameCount() - left.getNameCount());
    }

    public void remove() throws IOException {
        for (Path stub : missing) {
            if (isEmpty(stub)) {
                Files.delete(stub);
            }
        }
    }

    private static boolean isEmpty(Path stub) throws IOException {
        if (Files.isDirectory(stub, LinkOption.NOFOLLOW_LINKS)) {
            try (Stream<Path> content = Files.list(stub)) {
                return content.findAny().isEmpty();
            }
        }
        return Files.isRegularFile(stub, LinkOption.NOFOLLOW_LINKS) && Files.size(stub) == 0;
    }
}
