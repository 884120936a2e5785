package io.metalimages.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.PublicUrl;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.supplychain.statement.TestResult;
import io.metalimages.supplychain.statement.TestSetup;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes the pages of a small store into a directory. */
final class CatalogWriterTest {

    private static final PublicUrl ADDRESS = new PublicUrl("https://images.example.com");
    private static final Pattern LINK = Pattern.compile("(?:href|src|data-index)=\"([^\"#:]+)(?:#[^\"]*)?\"");

    @TempDir
    private Path directory;

    private SampleStore sample;

    @BeforeEach
    void fill() throws IOException {
        sample = new SampleStore(directory.resolve("store"));
    }

    private static CatalogWriter.Options options(boolean dryRun) {
        return new CatalogWriter.Options("Images", ADDRESS, Set.of("almalinux", "debian/13"), dryRun);
    }

    private static TestResult test(Fingerprint tarball, List<String> failed) {
        return new TestResult(
                tarball.sha256(),
                "debian/12",
                Instant.parse("2026-11-22T20:00:00Z"),
                Optional.of(Instant.parse("2026-11-22T20:05:10Z")),
                new TestSetup(
                        "machine",
                        new TestSetup.Input("default", Digest.of("layout")),
                        new TestSetup.Input("machine", Digest.of("allocation")),
                        Optional.of(new TestSetup.Input("ignition", Digest.of("userdata"))),
                        "fabric",
                        "metal-hammer",
                        1,
                        false,
                        "TCG <no KVM>",
                        Optional.empty(),
                        "1.0.0"),
                List.of("burn", "checks: Service frr: running"),
                failed,
                List.of(),
                List.of("checks: Service suricata: running: the image has no program for it"));
    }

    private String pageOf(Fingerprint tarball, String testResult) throws Exception {
        sample.publish("stable", "debian/12", "2026-11-22T01:40:00Z", tarball, Map.of("test-result.json", testResult));
        write();
        return Files.readString(sample.root().resolve("catalog/debian/12/stable.html"));
    }

    /** The document decides, and not what the index says of it. */
    @Test
    void aTestIsShownByItsResult() throws Exception {
        Fingerprint tarball = Fingerprint.of("tarball".getBytes(StandardCharsets.UTF_8));
        assertThat(pageOf(tarball, new String(test(tarball, List.of()).toJson(), StandardCharsets.UTF_8)))
                .contains(
                        "Booted and tested",
                        "Full test passed on 22 Nov 2026, 2 checks passed",
                        "As a machine; disks default; network fabric; userdata ignition; rebooted once",
                        "TCG &lt;no KVM&gt;",
                        "Not applicable: checks: Service suricata: running: the image has no program for it",
                        "what came of its test");
        assertThat(pageOf(
                        tarball,
                        new String(test(tarball, List.of("reboot by UEFI")).toJson(), StandardCharsets.UTF_8)))
                .contains("Not tested", "Full test failed on 22 Nov 2026", "Failed: reboot by UEFI")
                .doesNotContain("Booted and tested");
        Fingerprint other = Fingerprint.of("another".getBytes(StandardCharsets.UTF_8));
        assertThat(pageOf(tarball, new String(test(other, List.of()).toJson(), StandardCharsets.UTF_8)))
                .contains("Not tested", "its test result is of another tarball")
                .doesNotContain("Booted and tested");
        assertThat(pageOf(tarball, "{}")).contains("Not tested").doesNotContain("Booted and tested");
    }

    private CatalogWriter.Written write(Path target) throws InterruptedException {
        try (ObjectStore store = sample.open();
                ObjectStore pages = new StoreLocation(target.toString()).open()) {
            return new CatalogWriter(Progress.SILENT).write(store, pages, options(false));
        }
    }

    private CatalogWriter.Written write() throws InterruptedException {
        return write(sample.root());
    }

    private String page(String path) throws IOException {
        return Files.readString(sample.root().resolve(path));
    }

    /** The pages and what they need, by their paths. */
    private static SortedMap<String, String> objects(Path root) throws IOException {
        SortedMap<String, String> objects = new TreeMap<>();
        for (Path start : List.of(root.resolve("index.html"), root.resolve("catalog"))) {
            try (Stream<Path> files = Files.walk(start)) {
                for (Path file : files.filter(Files::isRegularFile)
                        .filter(file -> !file.endsWith(CatalogMemory.KEY.name()))
                        .toList()) {
                    objects.put(root.relativize(file).toString(), Files.readString(file));
                }
            }
        }
        return objects;
    }

    /** All that can be reached from the front page; fails if something is not there. */
    private static Set<String> reachable(Path root) throws IOException {
        Set<String> reached = new HashSet<>(Set.of("index.html"));
        Deque<String> pages = new ArrayDeque<>(reached);
        while (!pages.isEmpty()) {
            String page = pages.removeFirst();
            Matcher links = LINK.matcher(Files.readString(root.resolve(page)));
            while (page.endsWith(".html") && links.find()) {
                Path target = root.resolve(page).resolveSibling(links.group(1)).normalize();
                assertThat(target).as("link of " + page).isRegularFile();
                String path = root.relativize(target).toString();
                if (reached.add(path)) {
                    pages.add(path);
                }
            }
        }
        return reached;
    }

    @Test
    void pagesShowWhatTheStoreHolds() throws Exception {
        sample.fill();
        CatalogWriter.Written written = write();
        assertThat(written.written()).hasSize(written.objects());
        assertThat(written.written().getLast()).isEqualTo(new ObjectKey("index.html"));
        assertThat(written.deleted()).isEmpty();

        String front = page("index.html");
        assertThat(front).contains("<title>Images</title>", "Supported", "Without support", "3 updated, 1 added");
        int unsupported = front.indexOf("id=\"unsupported\"");
        assertThat(front.indexOf("data-words=\"debian/12 ")).isBetween(0, unsupported);
        assertThat(front.indexOf("data-words=\"debian/13 ")).isGreaterThan(unsupported);
        assertThat(front.indexOf("data-words=\"almalinux/9 ")).isGreaterThan(unsupported);

        String image = page("catalog/debian/12/index.html");
        assertThat(image)
                .contains("<title>debian/12 · Images</title>")
                .contains("<code id=\"copy-id\">debian-12.0.20261115</code>")
                .contains("https://images.example.com/metal-os/20261115/debian/12/img.tar.lz4</code>")
                .contains("href=\"https://images.example.com/metal-os/20261115/debian/12/sbom.cdx.json\"")
                .contains("<code id=\"copy-commit\">" + SampleStore.COMMIT + "</code>")
                .contains("bm90IGEgcmVhbCBzaWduYXR1cmU", ">6f1c2a</code>")
                .contains(
                        "Changes since 20261108", "3.0.12-1~deb12u1", "3.0.13-1~deb12u1", "CVE-2026-100300", "10 CVEs")
                .contains("From 455.1\u00a0MB on 25 Oct 2026 to 462.6\u00a0MB on 15 Nov 2026")
                .contains("Linux 6.1.13", "GNU Bourne Again SHell");
        assertThat(page("catalog/debian/12/stable.html"))
                .contains("Changes since 20261115", "This channel changes", "classification: preview");
        assertThat(page("catalog/debian/12/pull_requests/new-kernel.html")).contains("Changes since 20261115");
        assertThat(page("catalog/debian/12/20261025.html")).doesNotContain("Changes since");
        assertThat(page("catalog/firewall/3.0-ubuntu/index.html"))
                .contains("--id firewall-ubuntu-3.0.20261115", "--features firewall", "classification: supported");
        assertThat(page("catalog/almalinux/9/index.html"))
                .contains("3.2.2-6.el9")
                .doesNotContain("What is changed");
        assertThat(reachable(sample.root())).containsAll(objects(sample.root()).keySet());
    }

    @Test
    void sameStoreGivesTheSameBytesAndIsNotWrittenAgain() throws Exception {
        sample.fill();
        write();
        SortedMap<String, String> first = objects(sample.root());
        assertThat(write().written()).isEmpty();
        write(directory.resolve("elsewhere"));
        assertThat(objects(directory.resolve("elsewhere"))).isEqualTo(first);
        assertThat(directory.resolve("elsewhere/metal-os")).doesNotExist();
    }

    @Test
    void dryRunTellsAndChangesNothing() throws Exception {
        sample.fill();
        try (ObjectStore store = sample.open()) {
            CatalogWriter.Written written = new CatalogWriter(Progress.SILENT).write(store, store, options(true));
            assertThat(written.written()).hasSize(written.objects());
        }
        assertThat(sample.root().resolve("index.html")).doesNotExist();
        assertThat(sample.root().resolve("catalog")).doesNotExist();
    }

    @Test
    void emptyStoreHasAPageThatSaysSo() throws Exception {
        Files.createDirectories(sample.root());
        write();
        assertThat(page("index.html")).contains("Nothing has been published yet");
    }

    /** A release that comes makes few pages new; one that goes takes its page along. */
    @Test
    void oldReleasesStayAsTheyAreAndPrunedOnesGo() throws Exception {
        sample.fill();
        write();
        sample.publish("20261122", "debian/12", "2026-11-22T01:40:00Z", 463_000_000, Map.of());
        assertThat(write().written())
                .extracting(ObjectKey::value)
                .contains("catalog/debian/12/20261122.html", "catalog/debian/12/index.html", "index.html")
                .doesNotContain("catalog/debian/12/20261108.html", "catalog/firewall/3.0-ubuntu/20261108.html");
        sample.prune("20261101");
        assertThat(write().deleted())
                .extracting(ObjectKey::value)
                .contains("catalog/almalinux/9/index.html", "catalog/debian/12/20261101.html");
        assertThat(page("catalog/debian/12/20261108.html")).contains("Changes since 20261025");
        assertThat(reachable(sample.root())).containsAll(objects(sample.root()).keySet());
    }

    /** What is worked on is compared with what was there when it was built, and not with what came later. */
    @Test
    void branchIsComparedWithWhatWasStableThen() throws Exception {
        sample.fill();
        sample.publish(
                "pull_requests/late",
                "debian/12",
                "2026-11-23T01:40:00Z",
                463_000_000,
                Map.of("packages.txt", SampleStore.dpkg("bash 5.3")));
        write();
        assertThat(page("catalog/debian/12/pull_requests/late.html")).contains("Changes since stable");
        sample.publish(
                "stable",
                "debian/12",
                "2026-11-24T01:40:00Z",
                463_000_000,
                Map.of("packages.txt", SampleStore.dpkg("bash 5.4")));
        write();
        assertThat(page("catalog/debian/12/pull_requests/late.html")).contains("Changes since 20261115");
    }

    @Test
    void nobodyIsLedToAReleaseThatWasWithdrawn() throws Exception {
        sample.fill();
        write();
        sample.withdraw("20261115", "2026-11-16T08:00:00Z");
        write();
        assertThat(page("catalog/debian/12/index.html"))
                .contains("debian-12.0.20261108", "withdrawn</span>")
                .doesNotContain("id: debian-12.0.20261115");
        assertThat(page("catalog/debian/12/20261115.html"))
                .contains("Withdrawn on 16 Nov 2026")
                .doesNotContain("metalctl");
        assertThat(page("catalog/debian/12/stable.html")).contains("Changes since 20261108");
        assertThat(page("index.html")).contains("20261115 <span class=\"kind\">withdrawn</span>");
    }

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** A store that is given up by its user before its change number {@code change}. */
    private static ObjectStore dyingBefore(int change, ObjectStore store) {
        int[] changes = {0};
        return (ObjectStore) Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (_, method, arguments) -> {
                    boolean changing =
                            Set.of("writeIfAbsent", "replace", "delete").contains(method.getName());
                    if (changing && changes[0]++ == change) {
                        throw new Killed();
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Between any two changes everything that the front page leads to is there, and the next run finishes the work. */
    @Test
    void noLinkLeadsNowhereHoweverARunEnds() throws Exception {
        sample.fill();
        write();
        sample.publish("20261122", "debian/14", "2026-11-22T01:40:00Z", 463_000_000, Map.of());
        sample.publish(
                "20261122",
                "debian/12",
                "2026-11-22T01:40:00Z",
                463_000_000,
                Map.of("packages.txt", SampleStore.dpkg("bash 5.3")));
        sample.prune("20261101");
        write(directory.resolve("expected"));
        int runs = 0;
        boolean finished = false;
        while (!finished) {
            try (ObjectStore store = sample.open()) {
                new CatalogWriter(Progress.SILENT).write(store, dyingBefore(1, store), options(false));
                finished = true;
            } catch (Killed killed) {
                runs++;
            }
            reachable(sample.root());
        }
        assertThat(runs).isGreaterThan(10);
        assertThat(objects(sample.root())).isEqualTo(objects(directory.resolve("expected")));
    }

    @Test
    void nothingInAStoreGetsOntoAPageAsMarkup() throws Exception {
        String evil = "<script>alert(1)</script>";
        sample.publish(
                "20261115",
                "debian/12",
                "2026-11-15T01:40:00Z",
                1000,
                Map.of(
                        "packages.txt",
                        SampleStore.dpkg(evil + " " + evil + " " + evil, "\"><img/src=x/onerror=alert(1)> 1 '\"&</td>"),
                        "provenance.intoto.jsonl",
                        "{\"signatures\":[{\"keyid\":\"" + evil + "\",\"sig\":\"</code>" + evil + "\"}]}",
                        "evil\" onclick=\"alert(1)",
                        "x"));
        try (ObjectStore store = sample.open()) {
            new CatalogWriter(Progress.SILENT)
                    .write(store, store, new CatalogWriter.Options("</title>" + evil, ADDRESS, Set.of(), false));
        }
        for (Map.Entry<String, String> page : objects(sample.root()).entrySet()) {
            if (page.getKey().endsWith(".html")) {
                assertThat(page.getValue())
                        .doesNotContain("<script>", "<img", "</title></title>", "evil\" onclick=\"alert(1)\"")
                        .containsOnlyOnce("<script ");
            }
        }
        assertThat(page("catalog/debian/12/index.html")).contains("&lt;script>alert(1)");
    }

    @Test
    void damagedFilesAreNamed() throws Exception {
        sample.fill();
        Path packages;
        try (Stream<Path> objects = Files.list(sample.root().resolve("metal-os/objects/sha256"))) {
            packages =
                    objects.filter(CatalogWriterTest::isPackageList).findFirst().orElseThrow();
        }
        Files.writeString(packages, "something else");
        assertThatThrownBy(this::write)
                .isInstanceOf(FaultException.class)
                .hasMessageContaining(packages.getFileName().toString());
        assertThat(sample.root().resolve("index.html")).doesNotExist();
    }

    private static boolean isPackageList(Path object) {
        try {
            return Files.readString(object).startsWith("Desired");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
