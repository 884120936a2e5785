package io.metalimages.build.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.build.BuildOptions;
import io.metalimages.build.BuiltImage;
import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.ExtendedAttributes;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.engine.FileSystemListener;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.registry.image.ContainerConfiguration;
import io.metalimages.testing.Command;
import io.metalimages.testing.DockerRegistry;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that skopeo and umoci have made, in layouts and in Debian's docker-registry, and images that nobody should make. */
class ImageBasesTest {

    @TempDir
    Path directory;

    private StateDirectory state;
    private WorkDirectory work;
    private SnapshotStore snapshots;
    private final Map<String, String> environment = new HashMap<>();
    private final List<Progress.Event> events = new ArrayList<>();

    @BeforeEach
    void prepare() throws Exception {
        Host.assumeRoot("give files to other users");
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        snapshots = new OverlaySnapshotStore(state);
        environment.put("HOME", directory.toString());
        configure("");
    }

    @AfterEach
    void close() throws Exception {
        if (work != null) {
            work.close();
        }
    }

    private void configure(String text) throws IOException {
        environment.put(
                "CONTAINERS_REGISTRIES_CONF",
                Files.writeString(directory.resolve("registries.conf"), text + """

                [[registry]]
                prefix = "docker.io"
                blocked = true
                """)
                        .toString());
    }

    private BuiltImage build(String dockerfile, Map<String, String> contexts) throws Exception {
        Path context = Files.createDirectories(directory.resolve("context"));
        Path file = Files.writeString(context.resolve("Dockerfile"), dockerfile);
        ImageBuilder builder = new ImageBuilder(
                Definitions.in(Files.createDirectories(directory.resolve("os")), Map.of()),
                state,
                work,
                snapshots,
                BuildOptions.USUAL,
                environment);
        Definition definition = new Definition("a/1", file, context, Map.of(), contexts, Optional.empty(), List.of());
        Progress progress = event -> {
            synchronized (events) {
                events.add(event);
            }
        };
        return builder.build(builder.plan(definition, progress), progress, FileSystemListener.NONE);
    }

    private Map<String, String> tree(BuiltImage image) throws IOException {
        try (SnapshotStore.View view = snapshots.view(image.root(), work)) {
            return tree(view.root());
        }
    }

    /** Everything of each file. */
    private static Map<String, String> tree(Path root) throws IOException {
        Map<String, String> tree = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(path -> !path.equals(root)).toList()) {
                FileStatus status = FileStatus.of(file);
                StringBuilder shown = new StringBuilder(Integer.toOctalString(status.mode()))
                        .append(" %d:%d %s"
                                .formatted(
                                        status.user(),
                                        status.group(),
                                        status.modified().toInstant()));
                if (status.isRegularFile()) {
                    shown.append(' ').append(Files.readString(file)).append(' ').append(status.links());
                } else if (status.isSymbolicLink()) {
                    shown.append(' ').append(Files.readSymbolicLink(file));
                }
                ExtendedAttributes.read(file).forEach((name, value) -> {
                    if (!name.contains(".overlay.")) {
                        shown.append(' ')
                                .append(name)
                                .append('=')
                                .append(HexFormat.of().formatHex(value));
                    }
                });
                tree.put(root.relativize(file).toString(), shown.toString());
            }
        }
        return tree;
    }

    /** A change of the file system that becomes a layer. */
    @FunctionalInterface
    private interface Change {
        void apply(Path root) throws IOException, InterruptedException;
    }

    /** An image of twelve layers, and what umoci unpacks of it. */
    private final class Twelve {

        private final Path layout = directory.resolve("layout");
        private final Path unpacked = directory.resolve("unpacked");

        Twelve() throws Exception {
            Host.assumeInstalled("umoci", "umoci");
            Host.assumeInstalled("skopeo", "skopeo");
            Command.succeed("umoci", "init", "--layout", layout.toString());
            Command.succeed("umoci", "new", "--image", layout + ":twelve");
            layer(root -> {
                Files.createDirectories(root.resolve("etc/deep/down"));
                Files.writeString(root.resolve("etc/motd"), "old");
                Files.writeString(root.resolve("etc/deep/down/f"), "f");
                Files.createDirectories(root.resolve("usr/bin"));
                Files.writeString(root.resolve("usr/bin/ping"), "ping");
                Command.succeed(
                        "setcap", "cap_net_raw+ep", root.resolve("usr/bin/ping").toString());
                Files.createLink(root.resolve("usr/bin/pong"), root.resolve("usr/bin/ping"));
                Files.createSymbolicLink(root.resolve("bin"), Path.of("usr/bin"));
                Files.setAttribute(root.resolve("etc/deep"), "unix:mode", 01777);
                Files.setAttribute(root.resolve("etc/motd"), "unix:uid", 42);
            });
            layer(root -> Files.delete(root.resolve("etc/motd")));
            layer(root -> {
                Command.succeed("rm", "-r", root.resolve("etc/deep").toString());
                Files.createDirectories(root.resolve("etc/deep/new"));
                Files.writeString(root.resolve("etc/deep/new/g"), "g");
            });
            layer(root -> {
                Files.delete(root.resolve("bin"));
                Files.createDirectory(root.resolve("bin"));
                Files.writeString(root.resolve("bin/own"), "own");
            });
            layer(root -> {
                Command.succeed("rm", "-r", root.resolve("etc").toString());
                Files.writeString(root.resolve("etc"), "a file");
            });
            layer(root -> {
                Files.delete(root.resolve("etc"));
                Files.createDirectories(root.resolve("etc/deep"));
                Files.writeString(root.resolve("etc/motd"), "again");
            });
            for (int number = 7; number <= 12; number++) {
                String name = "layer" + number;
                layer(root -> Files.writeString(root.resolve("usr/" + name), name));
            }
            Command.succeed(
                    "umoci",
                    "config",
                    "--image",
                    layout + ":twelve",
                    "--config.env",
                    "FROM_BASE=yes",
                    "--config.workingdir",
                    "/work",
                    "--config.label",
                    "a=b");
            Command.succeed("umoci", "unpack", "--image", layout + ":twelve", unpacked.toString());
        }

        private void layer(Change change) throws IOException, InterruptedException {
            Path bundle = directory.resolve("bundle");
            Command.succeed("umoci", "unpack", "--image", layout + ":twelve", bundle.toString());
            change.apply(bundle.resolve("rootfs"));
            try (Stream<Path> files = Files.walk(bundle.resolve("rootfs"))) {
                for (Path file :
                        files.filter(path -> !Files.isSymbolicLink(path)).toList()) {
                    if (Files.getLastModifiedTime(file).toInstant().isAfter(Instant.parse("2002-01-01T00:00:00Z"))) {
                        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2001-02-03T04:05:06Z")));
                    }
                }
            }
            Command.succeed("umoci", "repack", "--image", layout + ":twelve", bundle.toString());
            Command.succeed("rm", "-r", bundle.toString());
        }

        String oci() {
            return "oci:" + layout + ":twelve";
        }

        Map<String, String> tree() throws IOException {
            return ImageBasesTest.tree(unpacked.resolve("rootfs"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"layout", "tar", "oci", "v2s2", "zstd"})
    void twelveLayersAreWhatUmociUnpacks(String kind) throws Exception {
        Twelve twelve = new Twelve();
        try (DockerRegistry registry = DockerRegistry.open(directory)) {
            Map<String, String> contexts = new HashMap<>();
            String from = "base";
            switch (kind) {
                case "layout" -> contexts.put("base", "oci-layout://" + twelve.layout + ":twelve");
                case "tar" -> {
                    Path tar = directory.resolve("image.tar");
                    Command.succeed("skopeo", "copy", twelve.oci(), "oci-archive:" + tar + ":tagged");
                    contexts.put("base", "oci-layout://" + tar + ":tagged");
                }
                default -> {
                    List<String> command = new ArrayList<>(List.of("skopeo", "copy", "--dest-tls-verify=false"));
                    command.addAll(
                            kind.equals("zstd")
                                    ? List.of("--dest-compress-format", "zstd", "--format", "oci")
                                    : List.of("--format", kind));
                    from = registry.name() + "/team/twelve:1";
                    command.addAll(List.of(twelve.oci(), "docker://" + from));
                    Command.succeed(command.toArray(String[]::new));
                }
            }
            BuiltImage image = build("FROM " + from + "\n", contexts);
            assertThat(tree(image)).isEqualTo(twelve.tree());
            ContainerConfiguration container = image.plan().configuration().container();
            assertThat(container.environment()).containsEntry("FROM_BASE", "yes");
            assertThat(container.workingDirectory()).isEqualTo("/work");
            assertThat(container.labels()).containsEntry("a", "b");
            UsedImage used = Objects.requireNonNull(image.plan().images().get(from));
            assertThat(used.location()).isEqualTo(from.equals("base") ? "context base" : from);
            assertThat(tree(build("FROM scratch\nCOPY --from=" + from + " /usr/layer12 /\n", contexts)))
                    .containsOnlyKeys("layer12");
        }
    }

    @Test
    void withoutTheRegistryADigestIsEnoughAndATagIsNot() throws Exception {
        Host.assumeInstalled("skopeo", "skopeo");
        Path layout =
                new Layout(directory.resolve("layout")).layer(archive("f")).image("{}");
        String name;
        Digest digest;
        try (DockerRegistry registry = DockerRegistry.open(directory)) {
            name = registry.name() + "/team/image";
            configure("[[registry]]\nlocation = \"" + registry.name() + "\"\ninsecure = true\n");
            Command.succeed("skopeo", "copy", "--dest-tls-verify=false", "oci:" + layout, "docker://" + name + ":1");
            BuiltImage image = build("FROM " + name + ":1\n", Map.of());
            digest = Objects.requireNonNull(image.plan().images().get(name + ":1"))
                    .digest();
            assertThat(tree(image)).containsOnlyKeys("f");
        }
        String pinned = name + "@sha256:" + digest.hex();
        assertThat(tree(build("FROM " + pinned + "\n", Map.of()))).containsOnlyKeys("f");
        assertThat(tree(build("FROM mine\n", Map.of("mine", "docker-image://" + pinned))))
                .containsOnlyKeys("f");
        assertThatThrownBy(() -> build("FROM " + name + ":1\n", Map.of()))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
                    assertThat(fault.remedy())
                            .hasValueSatisfying(step -> assertThat(step).endsWith(pinned));
                })
                .hasMessageContaining("was sha256:" + digest.hex());
    }

    /** A file's archive, as GNU tar packs it under a name. */
    private byte[] archive(String name) throws IOException, InterruptedException {
        Path packed = Files.createTempDirectory(directory, "packed");
        Files.writeString(packed.resolve("content"), "content");
        Path tar = packed.resolve("tar");
        Command.succeed(
                "tar",
                "-P",
                "--transform=s,^content$," + name + ",",
                "-C",
                packed.toString(),
                "-cf",
                tar.toString(),
                "content");
        return Files.readAllBytes(tar);
    }

    @Test
    void whatABaseSaysOfItselfHoldsForTheStagesUponIt() throws Exception {
        Path layout =
                new Layout(directory.resolve("layout")).layer(archive("f")).image("""
                {"Env": ["A=1", "PATH=/own"], "User": "7:8", "WorkingDir": "/w", "Shell": ["/bin/ash", "-c"],
                 "OnBuild": ["ENV TRIGGERED=$A", "COPY --chown=1:2 Dockerfile /triggered"], "Cmd": ["run"]}""");
        Map<String, String> contexts = Map.of("base", "oci-layout://" + layout);
        BuiltImage image = build("FROM base AS one\nENV B=$A$PATH\nWORKDIR sub\nFROM one\n", contexts);
        ContainerConfiguration container = image.plan().configuration().container();
        assertThat(container.environment())
                .containsEntry("B", "1/own")
                .containsEntry("TRIGGERED", "1")
                .containsEntry("PATH", "/own");
        assertThat(container.user()).isEqualTo("7:8");
        assertThat(container.workingDirectory()).isEqualTo("/w/sub");
        assertThat(container.shell()).containsExactly("/bin/ash", "-c");
        assertThat(container.command()).containsExactly("run");
        assertThat(container.onBuild()).isEmpty();
        assertThat(tree(image)).containsOnlyKeys("f", "triggered", "w", "w/sub");
    }

    @Test
    void aHostileLayerIsNamedWithItsImageAndItsEntry() throws Exception {
        Path outside = Files.writeString(directory.resolve("outside"), "untouched");
        Path layout = new Layout(directory.resolve("layout"))
                .layer(archive("f"))
                .layer(archive("../outside"))
                .image("{}");
        assertThatThrownBy(() -> build("FROM base\n", Map.of("base", "oci-layout://" + layout)))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("Dockerfile:1: layer 2 of 2 of oci-layout://" + layout + " (sha256:")
                .hasMessageContaining("at the entry ../outside");
        assertThat(outside).hasContent("untouched");
        Path damaged =
                new Layout(directory.resolve("damaged")).layer(archive("g")).image("{}");
        try (Stream<Path> blobs = Files.list(damaged.resolve("blobs/sha256"))) {
            for (Path blob : blobs.filter(file -> file.toFile().length() > 0).toList()) {
                byte[] bytes = Files.readAllBytes(blob);
                if (bytes[0] == 0x1f) {
                    bytes[9]++;
                    Files.write(blob, bytes);
                }
            }
        }
        assertThatThrownBy(() -> build("FROM base\n", Map.of("base", "oci-layout://" + damaged)))
                .hasMessageContaining("Its digest is sha256:");
    }

    @Test
    void layoutsThatAreNoneAreTold() throws Exception {
        Path layout =
                new Layout(directory.resolve("layout")).layer(archive("f")).image("{}");
        Map<String, String> wrong = Map.of(
                directory.resolve("nowhere").toString(),
                "There is no OCI image layout",
                directory.toString(),
                "it has no index.json",
                layout + ":tag",
                "There is no image tag in",
                layout + "@sha256:" + "0".repeat(64),
                "There is no sha256:000",
                layout.resolve("oci-layout").toString(),
                "is no tar of an OCI image layout");
        for (Map.Entry<String, String> place : wrong.entrySet()) {
            assertThatThrownBy(() -> build("FROM base\n", Map.of("base", "oci-layout://" + place.getKey())))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining(place.getValue());
        }
    }
}
