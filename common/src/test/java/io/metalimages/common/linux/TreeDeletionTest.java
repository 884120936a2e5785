package io.metalimages.common.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeDeletionTest {

    @TempDir
    Path directory;

    @Test
    void deletesWhatNoPathReaches() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        int depth = 5_000;
        deepen(tree, depth);

        TreeDeletion.delete(tree);
        assertThat(tree).doesNotExist();
    }

    /** Directories one in the other, each with a file, made without a path that names them. */
    private static void deepen(Path tree, int depth) throws IOException {
        try (RootDirectory root = RootDirectory.open(tree)) {
            OpenedDirectory current = root.findDirectory("/").orElseThrow();
            for (int i = 0; i < depth; i++) {
                try (OpenedDirectory above = current) {
                    above.createFile("file").close();
                    above.makeDirectory("a directory");
                    current = above.directory("a directory").orElseThrow();
                }
            }
            current.close();
        }
    }

    @Test
    void deletesLinksAndNotWhereTheyLead() throws Exception {
        Path outside = Files.createDirectories(directory.resolve("outside/deep"));
        Files.writeString(outside.resolve("kept"), "kept");
        Path tree = Files.createDirectories(directory.resolve("tree/a/b"));
        Files.createSymbolicLink(tree.resolve("link"), outside);
        Files.createSymbolicLink(tree.resolve("file"), outside.resolve("kept"));
        Files.createLink(tree.resolve("hard"), outside.resolve("kept"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), outside);

        TreeDeletion.delete(directory.resolve("tree"));
        TreeDeletion.delete(link);
        TreeDeletion.delete(directory.resolve("tree"));
        TreeDeletion.delete(directory.resolve("missing/below"));
        assertThat(directory.resolve("tree")).doesNotExist();
        assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(outside.resolve("kept")).hasContent("kept");
    }
}
