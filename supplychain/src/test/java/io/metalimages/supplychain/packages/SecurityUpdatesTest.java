package io.metalimages.supplychain.packages;

import static io.metalimages.supplychain.packages.DebianTree.entry;
import static io.metalimages.supplychain.packages.DebianTree.gzip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SecurityUpdatesTest {

    private static final Instant TODAY = Instant.parse("2026-06-01T00:00:00Z");
    private static final String LATE = "Fri, 01 May 2026 10:00:00 +0200";
    private static final String EARLIER = "Sun, 01 Mar 2026 10:00:00 +0000";
    private static final String LONG_AGO = "Mon, 01 Jan 2024 10:00:00 +0000";

    private static final String OPENSSL = entry(
                    "openssl", "3.0-1~deb12u3", "bookworm-security", "CVE-2026-1234, CVE-2026-0002: fixed", LATE)
            + entry("openssl", "3.0-1~deb12u2", "bookworm", "New upstream release.", "Wed, 01 Apr 2026 10:00:00 +0000")
            + entry("openssl", "3.0-1~deb12u1", "bookworm", "Fixes (CVE-2025-99999).", EARLIER)
            + entry("openssl", "3.0-1", "unstable", "CVE-2023-4444 is too long ago.", LONG_AGO)
            + entry("openssl", "2.9-1", "unstable-security", "Never read.", EARLIER);

    @TempDir
    private Path directory;

    private DebianTree tree;

    @BeforeEach
    void makeTree() throws IOException {
        tree = new DebianTree(directory.resolve("root"));
    }

    private SecurityUpdates read() throws IOException {
        return SecurityUpdates.read(tree.root(), TODAY);
    }

    private SecurityUpdates.SourcePackage read(String name) throws IOException {
        return read().find(name).orElseThrow();
    }

    @Test
    void tellsWhatWasAboutSecurity() throws IOException {
        tree.installed("libssl3", "3.0-1~deb12u3", "Source: openssl").installed("openssl", "3.0-1~deb12u3");
        tree.changelog("libssl3", OPENSSL);

        assertThat(read().sources())
                .containsExactly(new SecurityUpdates.SourcePackage(
                        "openssl",
                        "3.0-1~deb12u3",
                        new TreeMap<>(Map.of("libssl3", "3.0-1~deb12u3", "openssl", "3.0-1~deb12u3")),
                        List.of(
                                new SecurityUpdates.Update(
                                        "3.0-1~deb12u3",
                                        "bookworm-security",
                                        Instant.parse("2026-05-01T08:00:00Z"),
                                        List.of("CVE-2026-0002", "CVE-2026-1234")),
                                new SecurityUpdates.Update(
                                        "3.0-1~deb12u1",
                                        "bookworm",
                                        Instant.parse("2026-03-01T10:00:00Z"),
                                        List.of("CVE-2025-99999"))),
                        Optional.empty()));
    }

    @Test
    void tellsWhatCameBetweenTwoVersions() throws IOException {
        tree.installed("libssl3", "3.0-1~deb12u3", "Source: openssl").changelog("libssl3", OPENSSL);
        SecurityUpdates updates = read();
        for (String name : List.of("openssl", "libssl3")) {
            assertThat(updates.between(name, "3.0-1~deb12u3")).isEmpty();
            assertThat(updates.between(name, "3.0-1~deb12u2+b1"))
                    .extracting(SecurityUpdates.Update::version)
                    .containsExactly("3.0-1~deb12u3");
            assertThat(updates.between(name, "2.0"))
                    .extracting(SecurityUpdates.Update::version)
                    .containsExactly("3.0-1~deb12u3", "3.0-1~deb12u1");
        }
        assertThat(updates.between("bash", "1")).isEmpty();
    }

    /** The kernel's packages have another version than their source. */
    @Test
    void aPackageWithItsOwnVersionIsToldByItsSource(@TempDir Path other) throws IOException {
        String old = entry("linux-signed", "6.1.9+2", "bookworm-security", "CVE-2026-0001", EARLIER);
        tree.installed("linux-image-6-amd64", "6.1.10-1", "Source: linux-signed (6.1.10+1)");
        tree.changelog(
                "linux-image-6-amd64", entry("linux-signed", "6.1.10+1", "x-security", "CVE-2026-7777", LATE) + old);
        DebianTree before = new DebianTree(other.resolve("root"))
                .installed("linux-image-5-amd64", "6.1.9-2", "Source: linux-signed (6.1.9+2)")
                .changelog("linux-image-5-amd64", old);

        SecurityUpdates now = read();
        assertThat(now.between("linux-image-6-amd64", "6.1.10-1")).isEmpty();
        assertThat(now.after(SecurityUpdates.read(before.root(), TODAY)).values())
                .containsExactly(List.of(now.sources().getFirst().updates().getFirst()));
        assertThat(now.after(now)).isEmpty();
    }

    @Test
    void aNativePackageHasNoDebianInTheName() throws IOException {
        tree.installed("dpkg", "1.21")
                .document(
                        "dpkg",
                        "changelog.gz",
                        gzip(entry("dpkg", "1.21", "x-security", "", LATE).getBytes(StandardCharsets.UTF_8)));
        tree.installed("plain", "1")
                .document(
                        "plain",
                        "changelog",
                        entry("plain", "1", "x-security", "", LATE).getBytes(StandardCharsets.UTF_8));
        assertThat(read("dpkg").updates()).hasSize(1);
        assertThat(read("plain").updates()).hasSize(1);
    }

    @Test
    void followsTheLinkToAnotherPackagesDocuments() throws IOException {
        tree.installed("libssl3", "3", "Source: openssl").linkedDocuments("libssl3", "openssl");
        tree.installed("other", "3", "Source: other").linkedDocuments("other", "/usr/share/doc/openssl");
        tree.changelog("openssl", OPENSSL);
        assertThat(read("openssl").updates()).hasSize(2);
        assertThat(read("other").updates()).hasSize(2);
    }

    @Test
    void noLinkLeadsOutOfTheTree() throws IOException {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.write(outside.resolve("changelog.Debian.gz"), gzip(OPENSSL.getBytes(StandardCharsets.UTF_8)));
        tree.installed("absolute", "1").linkedDocuments("absolute", outside.toString());
        tree.installed("relative", "1").linkedDocuments("relative", "../../../../outside");
        tree.installed("circle", "1").linkedDocuments("circle", "circle");
        tree.installed("file", "1").document("file", "x", new byte[0]);
        Files.createSymbolicLink(
                tree.root().resolve("usr/share/doc/file/changelog.gz"), outside.resolve("changelog.Debian.gz"));
        for (String name : List.of("absolute", "relative", "circle", "file")) {
            assertThat(read(name).updates()).as(name).isEmpty();
            assertThat(read(name).flaw()).as(name).contains("the image has no changelog of it");
        }
    }

    @Test
    void theDatabaseDoesNotLeadOutOfTheTree() throws IOException {
        Path status = directory.resolve("status");
        Files.writeString(status, "Package: host\nVersion: 1\nStatus: install ok installed\n");
        Files.delete(tree.root().resolve("var/lib/dpkg/status"));
        Files.createSymbolicLink(tree.root().resolve("var/lib/dpkg/status"), status);
        assertThat(read().missing()).isPresent();
    }

    @Test
    void saysWhenThereIsNothingToTell() throws IOException {
        SecurityUpdates none = read();
        assertThat(none.missing())
                .hasValueSatisfying(reason -> assertThat(reason).contains("Debian"));
        assertThat(none.sources()).isEmpty();
        assertThat(SecurityUpdates.parse(none.toJson(), "it")).isEqualTo(none);
    }

    @Test
    void saysWhichChangelogIsNone() throws IOException {
        tree.installed("upstream", "1")
                .document("upstream", "changelog.gz", gzip("2026-01-01 Release\n".getBytes(StandardCharsets.UTF_8)));
        tree.installed("cut", "1");
        byte[] whole = gzip(OPENSSL.getBytes(StandardCharsets.UTF_8));
        tree.document("cut", "changelog.Debian.gz", Arrays.copyOf(whole, whole.length / 2));
        tree.installed("garbage", "1")
                .document("garbage", "changelog.Debian.gz", "no gzip".getBytes(StandardCharsets.UTF_8));
        tree.installed("undated", "1")
                .changelog("undated", entry("undated", "1", "x-security", "CVE-2026-1111", "yesterday"));
        tree.installed("endless", "1").changelog("endless", "endless (1) unstable; urgency=low\n\n  * CVE-2026-1111\n");
        assertThat(read("upstream").flaw())
                .hasValueSatisfying(flaw -> assertThat(flaw).contains("no entry"));
        assertThat(read("cut").flaw())
                .contains("/usr/share/doc/cut/changelog.Debian.gz is no proper changelog: it is cut off");
        assertThat(read("garbage").flaw())
                .hasValueSatisfying(flaw -> assertThat(flaw).endsWith("its compression is damaged"));
        assertThat(read("undated").flaw())
                .hasValueSatisfying(flaw -> assertThat(flaw).endsWith("the entry 1 has no proper date"));
        assertThat(read("endless").flaw())
                .hasValueSatisfying(flaw -> assertThat(flaw).endsWith("the entry 1 has no end"));
        assertThat(read().sources())
                .allSatisfy(source -> assertThat(source.updates()).isEmpty());
    }

    @Test
    void anotherPackagesChangelogIsTakenInPlaceOfABrokenOne() throws IOException {
        tree.installed("a", "1", "Source: s").document("a", "changelog.Debian.gz", new byte[] {1, 2, 3});
        tree.installed("b", "1", "Source: s").changelog("b", OPENSSL);
        assertThat(read("s").updates()).hasSize(2);
        assertThat(read("s").flaw()).isEmpty();
    }

    @Test
    void aBombIsNotUnpacked() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream bomb = new GZIPOutputStream(bytes)) {
            byte[] zeros = new byte[1 << 20];
            for (int megabytes = 0; megabytes < 200; megabytes++) {
                bomb.write(zeros);
            }
        }
        tree.installed("bomb", "1").document("bomb", "changelog.Debian.gz", bytes.toByteArray());
        assertThat(read("bomb").flaw())
                .hasValueSatisfying(flaw -> assertThat(flaw).endsWith("it is longer than 32 MiB"));
    }

    @Test
    void innumerableEntriesAreRefused() throws IOException {
        tree.installed("many", "1")
                .changelog("many", entry("many", "1", "x-security", "", LATE).repeat(10_001));
        assertThat(read("many").flaw())
                .hasValueSatisfying(flaw -> assertThat(flaw).endsWith("it has more than 10000 entries"));
    }

    @Test
    void itsEncodingDoesNotMatter() throws IOException {
        tree.installed("latin", "1")
                .document(
                        "latin",
                        "changelog.Debian.gz",
                        gzip(entry("latin", "1", "x-security", "Gr\u00fc\u00dfe, CVE-2026-4711", LATE)
                                .replace("Jane", "J\u00e4ne")
                                .getBytes(StandardCharsets.ISO_8859_1)));
        assertThat(read("latin").updates().getFirst().vulnerabilities()).containsExactly("CVE-2026-4711");
    }

    @Test
    void removedPackagesAreNotThere() throws IOException {
        tree.installed("there", "1");
        tree.paragraph("Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n");
        tree.paragraph("Package: ../../etc\nStatus: install ok installed\nVersion: 1\n");
        assertThat(read().sources())
                .extracting(SecurityUpdates.SourcePackage::name)
                .containsExactly("there");
    }

    @Test
    void isReadAsItWasWritten() throws IOException {
        tree.installed("libssl3", "3.0-1~deb12u3", "Source: openssl").changelog("libssl3", OPENSSL);
        tree.installed("none", "1");
        SecurityUpdates updates = read();
        byte[] json = updates.toJson();
        assertThat(SecurityUpdates.parse(json, "it")).isEqualTo(updates);
        assertThat(read().toJson()).isEqualTo(json);
    }

    @Test
    void damagedFilesAreRefused() throws IOException {
        tree.installed("libssl3", "3.0-1~deb12u3", "Source: openssl").changelog("libssl3", OPENSSL);
        String json = new String(read().toJson(), StandardCharsets.UTF_8);
        for (String damaged : List.of(
                "",
                "[]",
                "null",
                json.substring(0, json.length() / 2),
                json.replace("\"format\" : 1", "\"format\" : \"x\""),
                json.replace("\"format\" : 1", "\"format\" : 2"),
                json.replace("2026-05-01T08", "2026-15-01T08"),
                json.replace("CVE-2026-1234", "<script>"),
                json.replace("\"version\" : \"3.0-1~deb12u1\"", "\"version\" : 3"),
                json.replace("\"libssl3\" : \"3.0-1~deb12u3\"", "\"libssl3\" : []"),
                "[".repeat(100_000))) {
            assertThatThrownBy(() ->
                            SecurityUpdates.parse(damaged.getBytes(StandardCharsets.UTF_8), "security-updates.json"))
                    .as(damaged.substring(0, Math.min(100, damaged.length())))
                    .isInstanceOf(FaultException.class)
                    .hasMessageStartingWith("security-updates.json ");
        }
    }

    /** Whatever was done to a tree's files, reading it ends, and says what it says as a file, too. */
    @Test
    void anyDamageIsBorne() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        tree.installed("libssl3", "3", "Source: openssl");
        Path status = tree.root().resolve("var/lib/dpkg/status");
        byte[] wholeStatus = Files.readAllBytes(status);
        byte[] wholeChangelog = OPENSSL.getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 300; round++) {
            Files.write(status, damaged(wholeStatus, random));
            byte[] changelog = damaged(wholeChangelog, random);
            tree.document(
                    "libssl3",
                    "changelog.Debian.gz",
                    random.nextBoolean() ? gzip(changelog) : damaged(gzip(changelog), random));
            SecurityUpdates updates = read();
            assertThat(SecurityUpdates.parse(updates.toJson(), "seed " + seed))
                    .as("seed %d", seed)
                    .isEqualTo(updates);
        }
    }

    private static byte[] damaged(byte[] whole, Random random) {
        byte[] damaged = Arrays.copyOf(whole, random.nextInt(4) == 0 ? random.nextInt(whole.length) : whole.length);
        for (int change = random.nextInt(4); change > 0 && damaged.length > 0; change--) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        return damaged;
    }
}
