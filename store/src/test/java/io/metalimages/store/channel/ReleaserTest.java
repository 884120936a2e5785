package io.metalimages.store.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.Fingerprint;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.ObservedStore;
import io.metalimages.store.object.StoreException;
import io.metalimages.supplychain.packages.SecurityUpdates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Releases small images, in a store of each kind. */
abstract class ReleaserTest extends ImagesInStore {

    private static final Channel.Release DAY = release("20260601");
    private static final PublicUrl BASE = new PublicUrl("https://images.example.com");

    /** Of how many moments at which a process can be killed one is tried. */
    abstract int stride();

    @BeforeEach
    void beginBeforeAllReleases() {
        now = Instant.parse("2026-04-30T12:00:00Z");
    }

    private Releaser releaser(ObjectStore asked) {
        return new Releaser(asked, NO_PAUSE, clock, events::add);
    }

    private static Releaser.Options options(Channel.Release release, Channel from, boolean untested) {
        return new Releaser.Options(release, from, day("20260615"), untested);
    }

    private Release release(ObjectStore asked, Channel.Release release, Channel from) {
        Releaser releaser = releaser(asked);
        Release planned = releaser.plan(options(release, from, false));
        releaser.perform(planned, BASE, false);
        return planned;
    }

    private Release release(Channel.Release release) {
        return release(store, release, STABLE);
    }

    private void publishBoth(String content) throws IOException {
        publish(STABLE, DEBIAN, "debian " + content);
        publish(STABLE, FIREWALL, "firewall " + content);
    }

    private ChannelIndex index(Channel channel) throws StoreException {
        return channels().index(channel);
    }

    private void assertWhole(Channel.Release release) throws IOException {
        assertIndexesWhole();
        assertNamesFit(release);
        assertThat(text("metal-os/" + release.path() + "/RELEASE_NOTES.md")).startsWith("## Downloads\n");
    }

    private static void assertWrongInput(Runnable work, String... words) {
        assertThatThrownBy(work::run).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
            assertThat(fault).hasMessageContainingAll(words);
            assertThat(fault.remedy()).isPresent();
        });
    }

    @Test
    void aReleaseHasWhatStableHadAndNeverChanges() throws Exception {
        publishBoth("1");
        Release release = release(DAY);
        assertThat(release.begun()).isFalse();
        assertThat(release.newest()).containsExactlyInAnyOrder(DEBIAN, FIREWALL);
        assertThat(index(DAY).images()).isEqualTo(index(STABLE).images());
        assertWhole(DAY);
        ChannelIndex before = index(DAY);
        publishBoth("2");
        assertThat(index(DAY)).isEqualTo(before);
        assertThat(text("metal-os/20260601/debian/12/img.tar.lz4")).isEqualTo("tarball of debian 1");
        assertWhole(DAY);
    }

    @Test
    void doingItAgainIsHarmless() throws Exception {
        publishBoth("1");
        release(DAY);
        Map<String, Fingerprint> before = state();
        Release again = release(DAY);
        assertThat(again.begun()).isTrue();
        assertThat(state()).isEqualTo(before);
        assertThat(notes()).isEmpty();
    }

    @Test
    void aDayThatHasOtherImagesIsRefused() throws Exception {
        publishBoth("1");
        release(DAY);
        publish(STABLE, DEBIAN, "debian 2");
        Map<String, Fingerprint> before = state();
        assertWrongInput(() -> release(DAY), "20260601 was released already", "debian/12 differs", "never changes");
        assertThat(state()).isEqualTo(before);
        release(store, DAY, DAY);
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void whatCannotBeReleasedIsRefused() throws Exception {
        assertWrongInput(() -> release(DAY), "nothing to release", "stable");
        publishBoth("1");
        Map<String, Fingerprint> before = state();
        assertWrongInput(() -> release(release("20260616")), "20260616 is a day to come");
        assertThat(state()).isEqualTo(before);
        publish(STABLE, FIREWALL, false, files("firewall 2", ""));
        before = state();
        assertWrongInput(() -> release(DAY), "firewall/3.0-ubuntu was not tested");
        assertThat(state()).isEqualTo(before);
        Releaser releaser = releaser(store);
        releaser.perform(releaser.plan(options(DAY, STABLE, true)), BASE, false);
        assertThat(text("metal-os/20260601/RELEASE_NOTES.md")).contains("**This image passed no test.**");
    }

    /** The index alone proves nothing where the document says otherwise. */
    @Test
    void onlyTheFullTestOfExactlyThisImageCounts() throws Exception {
        SequencedMap<String, byte[]> files = files("debian", "");
        Digest tarball = Digest.of(files.firstEntry().getValue());
        byte[] full = SampleArtifact.result(tarball, DEBIAN, true, "fabric").toJson();
        Map<String, byte[]> useless = Map.of(
                "debian/12 did not pass its test of 2026-11-22T20:00:00Z",
                SampleArtifact.result(tarball, DEBIAN, false, "fabric").toJson(),
                "debian/12 did not pass the full test: it was tested with network user",
                SampleArtifact.result(tarball, DEBIAN, true, "user").toJson(),
                "debian/12 was tested as firewall/3.0-ubuntu",
                SampleArtifact.result(tarball, FIREWALL, true, "fabric").toJson(),
                "debian/12 was not tested, as it is now",
                SampleArtifact.result(Digest.of("another"), DEBIAN, true, "fabric")
                        .toJson(),
                "debian/12 has a test result that cannot be used: test-result.json is damaged",
                "{}".getBytes(StandardCharsets.UTF_8));
        for (Map.Entry<String, byte[]> each : useless.entrySet()) {
            files.put("test-result.json", each.getValue());
            publish(STABLE, DEBIAN, true, files);
            assertWrongInput(() -> release(DAY), each.getKey());
        }
        files.put("test-result.json", full);
        files.put("test-result.intoto.jsonl", signed(useless.values().iterator().next()));
        publish(STABLE, DEBIAN, true, files);
        assertWrongInput(() -> release(DAY), "debian/12 has a test result that was changed after it was signed");
        files.put("test-result.intoto.jsonl", signed(full));
        PublishedImage image = publish(STABLE, DEBIAN, true, files);
        ObjectKey lost = image.file("test-result.json").orElseThrow().key();
        store.delete(lost);
        assertWrongInput(() -> release(DAY), "debian/12 has a test result that cannot be used: ");
        store.writeIfAbsent(lost, Content.of(full));
        release(DAY);
        assertThat(index(DAY).find(DEBIAN)).contains(image);
    }

    private static byte[] signed(byte[] statement) {
        return """
                {"payloadType": "application/vnd.in-toto+json", "payload": "%s", "signatures": [{"sig": "AAAA"}]}
                """.formatted(Base64.getEncoder().encodeToString(statement)).getBytes(StandardCharsets.UTF_8);
    }

    /** By a program that knew no documents: their index is all that there is. */
    @Test
    void whatWasPublishedBeforeTestResultsWereDocumentsIsReleased() throws Exception {
        PublishedImage image = publish(STABLE, DEBIAN, true, files("debian", ""));
        assertThat(image.file("test-result.json")).isEmpty();
        release(DAY);
        assertWhole(DAY);
    }

    @Test
    void whatWasMadeFromAStandInNeedsToBeAskedFor() throws Exception {
        PublishedImage real = publish(STABLE, FIREWALL, "firewall");
        channels()
                .change(
                        STABLE,
                        index -> index.with(List.of(new PublishedImage(
                                real.name(),
                                real.published(),
                                real.commit(),
                                true,
                                Optional.of("Debian bookworm"),
                                real.files()))));
        assertThatThrownBy(() -> release(DAY)).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault)
                    .hasMessage("Made from a stand-in for a distribution's archive: firewall/3.0-ubuntu in stable.");
            assertThat(fault.remedy().orElseThrow()).contains("--allow-stand-in");
        });
        Releaser releaser = releaser(store);
        releaser.perform(releaser.plan(new Releaser.Options(DAY, STABLE, day("20260615"), false, true)), BASE, false);
        assertThat(index(DAY).find(FIREWALL).orElseThrow().standIn()).contains("Debian bookworm");
    }

    @Test
    void nothingIsReleasedUnlessAllContentsAreThere() throws Exception {
        publishBoth("1");
        PublishedImage.PublishedFile file =
                index(STABLE).find(FIREWALL).orElseThrow().files().getFirst();
        byte[] good = bytes(file.key());
        byte[] bad = good.clone();
        bad[0] ^= 1;
        store.replace(file.key(), store.find(file.key()).orElseThrow().version(), Content.of(bad));
        Map<String, Fingerprint> before = state();
        assertThatThrownBy(() -> release(DAY))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("firewall/3.0-ubuntu/img.tar.lz4 is damaged");
        store.delete(file.key());
        assertThatThrownBy(() -> release(DAY))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("firewall/3.0-ubuntu/img.tar.lz4 is missing");
        assertThat(channels().list()).containsExactly(STABLE);
        store.writeIfAbsent(file.key(), Content.of(good));
        release(DAY);
        assertWhole(DAY);
        assertThat(before).isNotEmpty();
    }

    @Test
    void aDryRunComparesAndChangesNothing() throws Exception {
        publishBoth("1");
        Map<String, Fingerprint> before = state();
        Releaser releaser = releaser(store);
        releaser.perform(releaser.plan(options(DAY, STABLE, false)), BASE, true);
        assertThat(state()).isEqualTo(before);
        assertThat(events).filteredOn(Progress.Event.Finished.class::isInstance).hasSize(1);
        store.delete(index(STABLE).find(DEBIAN).orElseThrow().files().getFirst().key());
        Release planned = releaser.plan(options(DAY, STABLE, false));
        assertThatThrownBy(() -> releaser.perform(planned, BASE, true)).hasMessageContaining("is missing");
    }

    @Test
    void aDayBeforeItsImagesWerePublishedIsRefused() throws Exception {
        publish(STABLE, DEBIAN, "debian 1");
        now = Instant.parse("2026-06-02T00:00:00Z");
        publish(STABLE, FIREWALL, "firewall 1");
        Map<String, Fingerprint> before = state();
        assertWrongInput(
                () -> release(DAY),
                "20260601 is before its images were published",
                "firewall/3.0-ubuntu on 2026-06-02");
        assertThat(state()).isEqualTo(before);
        release(release("20260602"));
        assertWhole(release("20260602"));
    }

    @Test
    void aWithdrawnReleaseStaysAndSaysSo() throws Exception {
        publishBoth("1");
        release(release("20260501"));
        publish(STABLE, DEBIAN, "debian 2");
        release(DAY);
        ChannelIndex good = index(DAY);
        assertThat(releaser(store).withdraw(DAY)).isEqualTo(index(DAY));
        assertThat(index(DAY)).isEqualTo(good.withdrawn(Optional.of(now)));
        assertThat(ChannelIndex.parse(bytes(StoreLayout.index(DAY)), DAY, "it").withdrawn())
                .contains(now);
        assertThat(text("metal-os/20260601/RELEASE_NOTES.md"))
                .startsWith("> **This release was withdrawn on 2026-04-30. Do not use it.**\n\n## Downloads\n");
        assertThat(text("metal-os/20260601/debian/12/img.tar.lz4")).isEqualTo("tarball of debian 2");
        Map<String, Fingerprint> before = state();
        now = START;
        releaser(store).withdraw(DAY);
        assertThat(state()).isEqualTo(before);
        assertWrongInput(() -> release(DAY), "20260601 was withdrawn");
        assertWrongInput(() -> releaser(store).withdraw(release("20260502")), "There is no release 20260502");

        publish(STABLE, DEBIAN, "debian 3");
        assertThat(release(release("20260615")).notes().previous()).contains(release("20260501"));
        assertThat(release(release("20260615")).newest()).containsExactlyInAnyOrder(DEBIAN, FIREWALL);
    }

    /** At every moment at which a process can end, as seen from the store. */
    @Test
    void whoeverIsKilledLeavesAllOrNothingAndTheNextOneFinishes() throws Exception {
        publishBoth("1");
        int moment = 0;
        while (isKilledAt(moment)) {
            assertThat(index(DAY).images()).isIn(Map.of(), index(STABLE).images());
            assertIndexesWhole();
            if (isFinished()) {
                assertNamesFit(DAY);
            }
            release(DAY);
            assertThat(index(DAY).images()).isEqualTo(index(STABLE).images());
            assertWhole(DAY);
            forget();
            moment += stride();
        }
        assertWhole(DAY);
        assertThat(moment).isGreaterThan(20 / stride());
    }

    private boolean isKilledAt(int moment) {
        try {
            release(ObservedStore.killedAt(moment, store), DAY, STABLE);
            return false;
        } catch (ObservedStore.Killed killed) {
            return true;
        }
    }

    private boolean isFinished() throws IOException {
        return store.find(new ObjectKey("metal-os/20260601/RELEASE_NOTES.md")).isPresent();
    }

    /** As if the release had never been. */
    private void forget() throws IOException {
        for (ImageName name : index(DAY).images().keySet()) {
            store.project(StoreLayout.directory(DAY, name), new LinkedHashMap<>());
        }
        store.delete(StoreLayout.index(DAY));
        store.delete(new ObjectKey("metal-os/20260601/RELEASE_NOTES.md"));
    }

    @Test
    void whatWasBegunIsFinishedAsItWasBegun() throws Exception {
        int begun = 0;
        publishBoth("1");
        ChannelIndex stable = index(STABLE);
        for (int moment = 0; isKilledAt(moment); moment += stride()) {
            boolean visible = !index(DAY).images().isEmpty();
            events.clear();
            publish(STABLE, DEBIAN, "debian 2");
            if (isFinished()) {
                assertWrongInput(() -> release(DAY), "was released already");
            } else {
                release(DAY);
                assertThat(index(DAY).images()).isEqualTo((visible ? stable : index(STABLE)).images());
                assertThat(notes()).hasSize(visible ? 1 : 0).allMatch(note -> note.contains("as it was begun"));
                assertWhole(DAY);
                begun += visible ? 1 : 0;
            }
            forget();
            publish(STABLE, DEBIAN, "debian 1");
        }
        assertThat(begun).isPositive();
    }

    /** A result, or the fault that was the answer. */
    private List<Object> releaseAtOnce(List<Channel> sources) throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(sources.size());
        List<Object> answers = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(sources.size())) {
            List<Future<Object>> futures = new ArrayList<>();
            for (Channel source : sources) {
                futures.add(executor.submit(() -> {
                    Releaser releaser = releaser(store);
                    Release planned = releaser.plan(options(DAY, source, false));
                    barrier.await();
                    try {
                        releaser.perform(planned, BASE, false);
                        return planned;
                    } catch (FaultException e) {
                        return e;
                    }
                }));
            }
            for (Future<Object> future : futures) {
                answers.add(future.get());
            }
        }
        return answers;
    }

    @Test
    void ofTwoAtOnceOneWins() throws Exception {
        publishBoth("1");
        assertThat(releaseAtOnce(List.of(STABLE, STABLE, STABLE))).allMatch(Release.class::isInstance);
        assertWhole(DAY);
        for (PublishedImage image : index(DAY).images().values()) {
            assertThat(image).isEqualTo(index(STABLE).find(image.name()).orElseThrow());
        }
    }

    @Test
    void ofTwoDifferentAtOnceTheOtherIsRefused() throws Exception {
        Channel other = Channel.parse("pull_requests/other");
        publishBoth("1");
        publish(other, DEBIAN, "debian 2");
        List<Object> answers = releaseAtOnce(List.of(STABLE, other));
        assertThat(answers).filteredOn(Release.class::isInstance).hasSize(1);
        assertThat(answers)
                .filteredOn(FaultException.class::isInstance)
                .singleElement()
                .satisfies(answer -> assertThat((FaultException) answer)
                        .hasMessageContaining("Somebody else has released 20260601 meanwhile"));
        assertThat(index(DAY).images())
                .isIn(index(STABLE).images(), index(other).images());
        assertWhole(DAY);
    }

    private static final String HEAD = """
            Desired=Unknown/Install/Remove/Purge/Hold
            ||/ Name           Version      Architecture Description
            +++-==============-============-============-=================================
            """;

    private static byte[] security(String version, String... vulnerabilities) {
        List<SecurityUpdates.Update> updates = vulnerabilities.length == 0
                ? List.of()
                : List.of(new SecurityUpdates.Update(version, "bookworm-security", START, List.of(vulnerabilities)));
        return new SecurityUpdates(
                        Instant.parse("2024-06-01T00:00:00Z"),
                        Optional.empty(),
                        List.of(new SecurityUpdates.SourcePackage(
                                "openssl",
                                version,
                                new TreeMap<>(Map.of("libssl3", version)),
                                updates,
                                Optional.empty())))
                .toJson();
    }

    private static Digest tarball(SequencedMap<String, byte[]> files) {
        return Fingerprint.of(files.sequencedValues().getFirst()).sha256();
    }

    @Test
    void notesTellWhatChangedByPackage() throws Exception {
        String unchanged = "ii  bash           5.2.15-2+b7  amd64        GNU Bourne Again SHell\n";
        SequencedMap<String, byte[]> older = files(
                "debian 1",
                HEAD + unchanged
                        + "ii  libssl3:amd64  3.0.16-1     amd64        library\n"
                        + "ii  nano           7.2-1        amd64        small editor\n");
        older.put(SecurityUpdates.FILE, security("3.0.16-1"));
        SequencedMap<String, byte[]> newer = files(
                "debian 2",
                HEAD + unchanged
                        + "ii  libssl3:amd64  3.0.17-1     amd64        library\n"
                        + "ii  tmux           3.3a-3       amd64        multiplexer\n");
        newer.put(SecurityUpdates.FILE, security("3.0.17-1", "CVE-2026-0002", "CVE-2026-0001"));
        publish(STABLE, DEBIAN, true, older);
        publish(STABLE, FIREWALL, "firewall 1");
        publish(STABLE, ImageName.parse("centos/7"), "centos");
        release(release("20260501"));
        assertThat(text("metal-os/20260501/RELEASE_NOTES.md")).contains("## Changes\n", "New in this release.");

        Channel next = Channel.parse("pull_requests/next");
        publish(next, DEBIAN, true, newer);
        publish(next, FIREWALL, "firewall 1");
        publish(next, ImageName.parse("ubuntu/22.04"), "ubuntu");
        release(store, DAY, next);
        Digest tarball = tarball(newer);
        String sums = "Published on 2026-04-30 from commit `" + COMMIT + "`. SHA-256 of the tarball: `";
        assertThat(text("metal-os/20260601/RELEASE_NOTES.md")).isEqualTo("""
                ## Downloads

                | IMAGE | URL | CHECKSUM | PACKAGES |
                | --- | --- | --- | --- |
                | debian/12 | <%1$s/debian/12/img.tar.lz4> | <%1$s/debian/12/img.tar.lz4.md5> | <%1$s/debian/12/packages.txt> |
                | firewall/3.0-ubuntu | <%1$s/firewall/3.0-ubuntu/img.tar.lz4> | <%1$s/firewall/3.0-ubuntu/img.tar.lz4.md5> \
                | <%1$s/firewall/3.0-ubuntu/packages.txt> |
                | ubuntu/22.04 | <%1$s/ubuntu/22.04/img.tar.lz4> | <%1$s/ubuntu/22.04/img.tar.lz4.md5> \
                | <%1$s/ubuntu/22.04/packages.txt> |

                ## Changes since 20260501

                ### debian/12

                %2$s%3$s`.

                Security updates:

                - `openssl` `3.0.17-1`: CVE-2026-0001, CVE-2026-0002

                | PACKAGE | FROM | TO |
                | --- | --- | --- |
                | `libssl3` | `3.0.16-1` | `3.0.17-1` |
                | `nano` | `7.2-1` | removed |
                | `tmux` | added | `3.3a-3` |

                ### firewall/3.0-ubuntu

                %2$s%4$s`.

                Unchanged.

                ### ubuntu/22.04

                %2$s%5$s`.

                New in this release.

                ### No longer in this release

                - centos/7
                """.formatted(
                        BASE + "/metal-os/20260601",
                        sums,
                        tarball,
                        tarball(files("firewall 1", "")),
                        tarball(files("ubuntu", ""))));
    }

    @Test
    void notesSayWhatTheyCannotTell() throws Exception {
        publishBoth("1");
        release(release("20260501"));
        publishBoth("2");
        SequencedMap<String, byte[]> files = files("debian 3", HEAD + "ii  evil|`name`  1.0<b>  amd64  x\n");
        files.put(SecurityUpdates.FILE, security("3.0.17-1"));
        publish(STABLE, DEBIAN, true, files);
        release(DAY);
        assertThat(text("metal-os/20260601/RELEASE_NOTES.md"))
                .contains(
                        "Security updates: They are not known, as the image of 20260501 has no security-updates.json.",
                        "Security updates: They are not known, as the image of 20260601 has no security-updates.json.",
                        "| `evil??name?` | added | `1.0<b>` |",
                        "All packages have the versions that they had.");
    }

    @Test
    void tagsOfLaterReleasesAreNotTakenBack() throws Exception {
        publish(STABLE, DEBIAN, "debian 2");
        release(DAY);
        publish(STABLE, FIREWALL, "firewall 1");
        assertThat(release(release("20260515")).newest()).containsExactly(FIREWALL);
    }
}
