package io.metalimages.artifact.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.HostileTarball;
import io.metalimages.testing.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tarballs of some kilobytes that were made to keep who reads them busy, or to fill its memory. */
class HostileTarballTest {

    private static final int MEBIBYTE = 1 << 20;

    /** Writes the entries. */
    @FunctionalInterface
    private interface Content {
        void write(HostileTarball tarball) throws IOException;
    }

    /**
     * A tarball.
     *
     * @param code what the check finds
     */
    private record Hostile(Content content, Optional<CheckCode> code) {}

    private static Hostile found(CheckCode code, Content content) {
        return new Hostile(content, Optional.of(code));
    }

    private static Hostile harmless(Content content) {
        return new Hostile(content, Optional.empty());
    }

    private static SequencedMap<String, Hostile> all() {
        SequencedMap<String, Hostile> all = new LinkedHashMap<>();
        all.put(
                "empty-lines",
                found(CheckCode.FILE_TOO_LARGE, tarball -> tarball.repeating("etc/resolv.conf", "\n", 16 * MEBIBYTE)));
        all.put(
                "fewer-empty-lines",
                harmless(tarball -> tarball.repeating("etc/resolv.conf", "\n", 64 << 10)
                        .repeating("etc/os-release", "ID= \n", 64 << 10)));
        all.put("settings", found(CheckCode.FILE_TOO_LARGE, tarball -> {
            for (int file = 0; file < 10; file++) {
                tarball.repeating("etc/tmpfiles.d/" + file + ".conf", "z /\n", 16 * MEBIBYTE);
            }
        }));
        all.put("settings-together", found(CheckCode.FILE_TOO_LARGE, tarball -> {
            for (int file = 0; file < 200; file++) {
                tarball.repeating("etc/tmpfiles.d/" + file + ".conf", "#\n", 256 << 10);
            }
        }));
        all.put("one-content-with-many-names", found(CheckCode.TOO_COMPLEX, tarball -> {
            tarball.file("usr/bin/systemd-tmpfiles", "x");
            tarball.repeating("etc/tmpfiles.d/x.conf", "#\n", 256 << 10);
            for (int file = 0; file < 5_000; file++) {
                tarball.hardLink("etc/tmpfiles.d/" + file + ".conf", "etc/tmpfiles.d/x.conf");
            }
        }));
        all.put(
                "long-line",
                found(
                        CheckCode.FILE_TOO_LARGE,
                        tarball -> tarball.repeating(
                                "etc/tmpfiles.d/x.conf", "z /a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", 200_000)));
        all.put("patterns", found(CheckCode.TOO_COMPLEX, tarball -> {
            tarball.file("usr/bin/systemd-tmpfiles", "x");
            StringBuilder lines = new StringBuilder();
            for (int line = 0; line < 2_000; line++) {
                lines.append("z /*").append(line).append(" 0\n");
            }
            tarball.file("etc/tmpfiles.d/x.conf", lines.toString());
            for (int file = 0; file < 20_000; file++) {
                tarball.file("many/" + file, "");
            }
        }));
        all.put("attributes-to-set", harmless(tarball -> {
            tarball.file("usr/bin/systemd-tmpfiles", "x");
            StringBuilder line = new StringBuilder("T / - - - -");
            for (int attribute = 0; attribute < 1_000; attribute++) {
                line.append(" ").append(attribute);
            }
            tarball.file("etc/tmpfiles.d/x.conf", line + "\n");
            for (int file = 0; file < 10_000; file++) {
                tarball.file("many/" + file, "");
            }
        }));
        all.put(
                "database",
                found(
                        CheckCode.FILE_TOO_LARGE,
                        tarball -> tarball.repeating("var/lib/dpkg/status", "Package: a\n\n", 17 * MEBIBYTE)));
        all.put(
                "smaller-database",
                found(
                        CheckCode.PACKAGES_MISMATCH,
                        tarball -> tarball.repeating("var/lib/dpkg/status", "A:\nPackage: a\nB\n\n\n", 16 * MEBIBYTE)));
        all.put("long-names", found(CheckCode.PATH_TOO_LONG, HostileTarballTest::longNames));
        all.put("long-targets", found(CheckCode.PATH_TOO_LONG, tarball -> {
            for (int file = 0; file < 20; file++) {
                tarball.symbolicLink("boot/vmlinuz" + file, "a/".repeat(500_000));
                tarball.hardLink("boot/hard" + file, "a/".repeat(500_000));
            }
        }));
        all.put("deep-directories", found(CheckCode.TOO_MUCH_METADATA, tarball -> {
            for (int file = 0; file < 3_000; file++) {
                tarball.file(file + "/a".repeat(2_000), "");
            }
        }));
        all.put("deep-directories-in-turn", harmless(tarball -> {
            String one = "a/".repeat(1_000);
            String other = "b/".repeat(1_000);
            for (int file = 0; file < 3_000; file++) {
                tarball.file(one + file, "").file(other + file, "");
            }
        }));
        all.put("below-a-file", found(CheckCode.PARENT_NO_DIRECTORY, tarball -> {
            String directory = "a/".repeat(1_000);
            tarball.file(directory + "file", "");
            for (int file = 0; file < 3_000; file++) {
                tarball.file(directory + "file/" + "b/".repeat(1_000) + file, "");
            }
        }));
        all.put("entries", found(CheckCode.TOO_MANY_ENTRIES, tarball -> {
            for (int file = 0; file <= 1_000_000; file++) {
                tarball.file("a/" + file, "");
            }
        }));
        all.put("large-attributes", found(CheckCode.TOO_MUCH_METADATA, HostileTarballTest::largeAttributes));
        all.put("small-attributes", found(CheckCode.TOO_MUCH_METADATA, tarball -> {
            TreeMap<String, byte[]> attributes = new TreeMap<>();
            for (int attribute = 0; attribute < 30_000; attribute++) {
                attributes.put("" + attribute, new byte[0]);
            }
            for (int file = 0; file < 100; file++) {
                tarball.file("a/" + file, attributes);
            }
        }));
        all.put("links-to-links", found(CheckCode.TOO_COMPLEX, tarball -> {
            tarball.directory("boot").symbolicLink("l0", "boot");
            for (int link = 1; link < 39; link++) {
                tarball.symbolicLink("l" + link, "./../".repeat(700) + "boot/../l" + (link - 1));
            }
            for (int link = 0; link < 5_000; link++) {
                tarball.symbolicLink("boot/vmlinuz" + link, "/l38/nowhere");
            }
        }));
        return all;
    }

    private static void largeAttributes(HostileTarball tarball) throws IOException {
        for (int file = 0; file < 150; file++) {
            tarball.file("a/" + file, new TreeMap<>(Map.of("user.large", new byte[1_000_000])));
        }
    }

    private static void longNames(HostileTarball tarball) throws IOException {
        for (int file = 0; file < 50; file++) {
            tarball.longName(file + "/a".repeat(500_000));
            tarball.longName("a/".repeat(20) + "a".repeat(1_000_000));
        }
    }

    @Test
    void limitsEndACheckAndAreNamed(@TempDir Path directory) throws Exception {
        SequencedMap<String, Hostile> all = all();
        List<String> tarballs = new ArrayList<>();
        for (Map.Entry<String, Hostile> hostile : all.entrySet()) {
            tarballs.add(write(
                    directory.resolve(hostile.getKey()), hostile.getValue().content()));
        }
        List<String> lines = run(HostileProcess.CHECK, tarballs);
        assertThat(lines).hasSameSizeAs(tarballs);
        int line = 0;
        for (Map.Entry<String, Hostile> hostile : all.entrySet()) {
            List<String> found = List.of(lines.get(line++).split(" "));
            assertThat(found).as(hostile.getKey()).startsWith("found");
            hostile.getValue()
                    .code()
                    .ifPresent(code -> assertThat(found).as(hostile.getKey()).contains(code.name()));
        }
    }

    @Test
    void limitsEndAComparisonAndAreNamed(@TempDir Path directory) throws Exception {
        String attributes = write(directory.resolve("attributes"), HostileTarballTest::largeAttributes);
        String names = write(directory.resolve("names"), HostileTarballTest::longNames);
        String list = write(directory.resolve("list"), tarball -> tarball.file("a", ""));
        Files.write(ArtifactLocation.of(Path.of(list)).packages(), new byte[17 * MEBIBYTE]);
        List<String> lines = run(HostileProcess.COMPARE, List.of(attributes, names, list));
        assertThat(lines).hasSize(3);
        assertThat(lines.getFirst())
                .contains(
                        attributes,
                        CheckCode.TOO_MUCH_METADATA.meaning(),
                        "/a/134: Up to here they are more than 128 MiB");
        assertThat(lines.get(1))
                .contains(
                        names,
                        CheckCode.PATH_TOO_LONG.meaning(),
                        "/0/a/a/",
                        "The path has 1,000,001 characters, and the longest may have 4,095.");
        assertThat(lines.getLast()).contains("packages.txt is no list of packages: it has more than 16 MiB.");
    }

    @Test
    void aListOfPackagesThatIsTooLargeIsFound(@TempDir Path directory) throws Exception {
        String list = write(
                directory.resolve("list"), tarball -> tarball.repeating("var/lib/dpkg/status", "Package: a\n\n", 100));
        Files.write(ArtifactLocation.of(Path.of(list)).packages(), new byte[17 * MEBIBYTE]);
        assertThat(run(HostileProcess.CHECK, List.of(list)).getFirst()).contains(CheckCode.PACKAGES_TOO_LARGE.name());
    }

    private static String write(Path directory, Content content) throws IOException {
        ArtifactLocation location = ArtifactLocation.in(directory);
        try (HostileTarball tarball = new HostileTarball(location)) {
            content.write(tarball);
        }
        assertThat(Files.size(location.tarball())).as(directory.toString()).isLessThan(20 * MEBIBYTE);
        return location.tarball().toString();
    }

    /** What is said of each tarball, by a process that has little memory. */
    private static List<String> run(String task, List<String> tarballs) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(task));
        arguments.addAll(tarballs);
        return Command.run(Map.of(), Command.java(HostileProcess.class, List.of("-Xmx640m"), arguments))
                .lines();
    }
}
