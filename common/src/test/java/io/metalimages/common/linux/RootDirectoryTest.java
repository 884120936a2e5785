package io.metalimages.common.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootDirectoryTest {

    @TempDir
    Path directory;

    private Path tree;
    private Path outside;
    private RootDirectory root;

    @BeforeEach
    void open() throws IOException {
        tree = Files.createDirectory(directory.resolve("tree"));
        outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "secret");
        root = RootDirectory.open(tree);
    }

    @AfterEach
    void close() {
        root.close();
    }

    private Optional<String> read(String path) throws IOException {
        Optional<OpenedFile> found = root.findRegularFile(path);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (OpenedFile file = found.get();
                InputStream content = file.read()) {
            return Optional.of(new String(content.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void linksLeadNowhereButBelowTheRoot() throws Exception {
        Files.createSymbolicLink(tree.resolve("absolute"), outside.resolve("secret"));
        Files.createSymbolicLink(tree.resolve("up"), Path.of("../outside/secret"));
        Files.createSymbolicLink(tree.resolve("directory"), outside);
        Files.createSymbolicLink(tree.resolve("magic"), Path.of("/proc/self/root" + outside + "/secret"));
        Files.createSymbolicLink(tree.resolve("loop"), Path.of("loop"));
        for (String path : List.of("absolute", "/up", "directory/secret", "magic", "loop", "../outside/secret")) {
            assertThat(read(path)).as(path).isEmpty();
        }

        Path own = Files.createDirectories(tree.resolve(outside.toString().substring(1)));
        Files.writeString(own.resolve("secret"), "own");
        Files.createDirectory(tree.resolve("outside"));
        Files.writeString(tree.resolve("outside/secret"), "own");
        for (String path : List.of("absolute", "/up", "directory/secret", "../outside/secret")) {
            assertThat(read(path)).as(path).contains("own");
        }
    }

    @Test
    void aMagicLinkIsNotFollowedEvenWhereThereIsOne() throws Exception {
        try (RootDirectory processes = RootDirectory.open(Path.of("/proc"))) {
            assertThat(processes.find("self/root" + outside + "/secret")).isEmpty();
            assertThat(processes.findDirectory("self/cwd")).isEmpty();
        }
    }

    @Test
    void locatesWhatIsMissingToo() throws Exception {
        Files.createDirectories(tree.resolve("usr/lib"));
        Files.createSymbolicLink(tree.resolve("lib"), Path.of("usr/lib"));
        Files.createSymbolicLink(tree.resolve("run"), Path.of("/var/run"));
        Files.createSymbolicLink(tree.resolve("round"), Path.of("about"));
        Files.createSymbolicLink(tree.resolve("about"), Path.of("round"));
        Files.writeString(tree.resolve("file"), "");

        assertThat(root.locate("/lib/../lib/x/y"))
                .isEqualTo(new RootDirectory.Location(List.of("usr", "lib", "x", "y"), 2));
        assertThat(root.locate("run/lock")).isEqualTo(new RootDirectory.Location(List.of("var", "run", "lock"), 0));
        assertThat(root.locate("../../..").names()).isEmpty();
        assertThat(root.locate("missing/../lib").exists()).isTrue();
        assertThat(root.locate("file/below")).isEqualTo(new RootDirectory.Location(List.of("file", "below"), 1));
        assertThatThrownBy(() -> root.locate("round/x")).isInstanceOf(FileSystemLoopException.class);
    }

    @Test
    void makesDirectoriesWhereLinksLead() throws Exception {
        Files.createSymbolicLink(tree.resolve("run"), outside);
        Files.writeString(tree.resolve("file"), "");
        root.makeDirectories("/run/deeper", 0755, 0, 0).close();

        assertThat(outside.resolve("deeper")).doesNotExist();
        assertThat(tree.resolve(outside.toString().substring(1)).resolve("deeper"))
                .isDirectory();
        assertThatThrownBy(() -> root.makeDirectories("/file/x", 0755, 0, 0))
                .isInstanceOf(NotDirectoryException.class)
                .hasMessage("/file");
    }

    @Test
    void entriesOfAnOpenDirectoryAreNeverFollowed() throws Exception {
        OpenedDirectory top = root.top();
        try (FileChannel written = top.createFile("file")) {
            written.write(ByteBuffer.wrap("text".getBytes(StandardCharsets.UTF_8)));
        }
        top.changeMode("file", 04751);
        top.changeModified("file", FileTime.fromMillis(1500));
        top.makeLink("second", top, "file");
        top.makeSymbolicLink("link", outside.toString());
        top.makeDirectory("directory");

        FileStatus status = top.status("file").orElseThrow();
        assertThat(status.permissions()).isEqualTo(04751);
        assertThat(status.size()).isEqualTo(4);
        assertThat(status.links()).isEqualTo(2);
        assertThat(status.modified()).isEqualTo(FileTime.fromMillis(1500));
        assertThat(status).isEqualTo(FileStatus.of(tree.resolve("second")));
        assertThat(top.names()).containsExactlyInAnyOrder("file", "second", "link", "directory");
        assertThat(top.readLink("link")).isEqualTo(outside.toString());
        assertThat(top.directory("link")).isEmpty();
        assertThatThrownBy(() -> top.createFile("link")).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> top.status("../outside")).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> top.file("a\0b")).hasMessageContaining("NUL");
        assertThat(top.deleteFile("directory")).isFalse();
        assertThat(top.deleteFile("link")).isTrue();
        assertThat(outside.resolve("secret")).exists();
    }

    @Test
    void keepsNamesThatAreNoText() throws Exception {
        byte[] name = {'a', (byte) 0xff, (byte) 0xc3, 'b', (byte) 0xf0, (byte) 0x9f, (byte) 0x90, (byte) 0xa7};
        String text = FileNames.decode(name);
        assertThat(FileNames.encode(text)).isEqualTo(name);
        assertThat(text).endsWith("b\ud83d\udc27");

        root.top().makeDirectory(text);
        assertThat(root.top().names()).containsExactly(text);
        assertThat(root.findDirectory(text)).isPresent().get().satisfies(OpenedDirectory::close);
    }

    @Test
    void aDirectoryIsTheSameOneAfterItWasReplacedByALink() throws Exception {
        Files.createDirectory(tree.resolve("here"));
        try (OpenedDirectory here = root.findDirectory("here").orElseThrow()) {
            Files.move(tree.resolve("here"), tree.resolve("moved"));
            Files.createSymbolicLink(tree.resolve("here"), outside);
            here.createFile("written").close();
        }
        assertThat(outside.resolve("written")).doesNotExist();
        assertThat(tree.resolve("moved/written")).exists();
    }

    @Test
    void namesAPlaceOfThisMachineWithoutLinks() throws Exception {
        Files.createDirectories(tree.resolve("usr/lib"));
        Files.createSymbolicLink(tree.resolve("lib"), Path.of("/usr/lib"));
        assertThat(root.hostPath("lib")).isEqualTo(tree.toRealPath().resolve("usr/lib"));
    }

    /** A file that becomes a link and a file again is one or the other, whenever it is looked at. */
    @Test
    void whatIsReplacedMeanwhileIsOneOrTheOther() throws Exception {
        Path root = Files.createDirectories(directory.resolve("changing"));
        Files.createDirectory(root.resolve("other"));
        AtomicBoolean over = new AtomicBoolean();
        FutureTask<Boolean> changes = new FutureTask<>(() -> {
            Path next = root.resolve("next");
            while (!over.get()) {
                Files.createSymbolicLink(next, Path.of("other"));
                Files.move(
                        next, root.resolve("x"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
                Files.createFile(next);
                Files.move(
                        next, root.resolve("x"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
            return true;
        });
        Thread.ofPlatform().daemon().start(changes);
        try (RootDirectory opened = RootDirectory.open(root)) {
            for (int look = 0; look < 5_000; look++) {
                assertThat(opened.locate("/x/below").names()).isIn(List.of("x", "below"), List.of("other", "below"));
            }
        } finally {
            over.set(true);
        }
        assertThat(changes.get()).isTrue();
    }
}
