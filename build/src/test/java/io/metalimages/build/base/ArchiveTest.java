package io.metalimages.build.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.metalimages.build.BuildOptions;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.FaultException.Category;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bases from archives that this machine serves, which apt is configured for in many ways. Nothing is bootstrapped. */
class ArchiveTest {

    private static final Instant JULY = Instant.parse("2026-07-11T10:16:37Z");

    @TempDir
    private static Path keys;

    private static SignedArchive archive;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    @TempDir
    private Path directory;

    private WorkDirectory work;
    private StateDirectory state;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeAll
    static void makeArchive() throws Exception {
        archive = new SignedArchive(keys.resolve("k"));
    }

    @AfterAll
    static void closeArchive() throws Exception {
        if (archive != null) {
            archive.close();
        }
    }

    @BeforeEach
    void prepare() throws Exception {
        for (Distribution distribution : Distributions.ALL) {
            environment.put(distribution.keyringVariable(), archive.keyring().toString());
        }
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        archive.suite("/debian", "bookworm", JULY);
        archive.suite("/debian", "bookworm-updates", now.minus(Duration.ofDays(2)));
        archive.suite("/security", "bookworm-security", now.minus(Duration.ofDays(1)));
        archive.remove("/debian-security/dists/bookworm-security/InRelease");
    }

    @AfterEach
    void close() throws Exception {
        work.close();
    }

    /** Makes {@code apt} of this machine read these sources and nothing else, with no list fetched. */
    private void apt(String list, String sources) throws Exception {
        Host.assumeInstalled("apt-get", "apt");
        Path configuration = Files.createDirectories(directory.resolve("apt"));
        Files.createDirectories(configuration.resolve("apt.conf.d"));
        Files.createDirectories(configuration.resolve("sources.list.d"));
        Files.writeString(configuration.resolve("sources.list"), list.replace("HERE", archive.address()));
        Files.writeString(
                configuration.resolve("sources.list.d/more.sources"), sources.replace("HERE", archive.address()));
        Path lists = Files.createDirectories(directory.resolve("lists"));
        environment.put(
                "APT_CONFIG",
                Files.writeString(
                                directory.resolve("apt.conf"),
                                "Dir::Etc \"" + configuration + "\";\nDir::State::lists \"" + lists + "\";\n")
                        .toString());
    }

    private void named(String addresses) {
        environment.put(Distributions.DEBIAN.archiveVariable(), addresses.replace("HERE", archive.address()));
    }

    private AptBase find(String image, BuildOptions options) throws Exception {
        return (AptBase) bases(options).find(image).orElseThrow();
    }

    private AptBase find() throws Exception {
        return find("debian:bookworm", BuildOptions.USUAL);
    }

    private Bases bases(BuildOptions options) {
        return new Bases(state, work, options(options.withoutSecurity()), options.refreshBases(), Distributions.ALL);
    }

    private BaseOptions options(boolean withoutSecurity) {
        return new BaseOptions(withoutSecurity, environment);
    }

    private static List<String> sources(AptBase base) {
        return base.suites().stream()
                .map(suite -> suite.uri().replace(archive.address(), "HERE") + " " + suite.name())
                .toList();
    }

    private void assertFault(Category category, String message, String remedy) {
        assertThatThrownBy(this::find).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(String.valueOf(fault.getMessage()).replace(archive.address(), "HERE"))
                    .contains(message);
            assertThat(fault.category()).isEqualTo(category);
            assertThat(fault.remedy().orElseThrow().replace(archive.address(), "HERE"))
                    .contains(remedy);
        });
        assertThat(state.bases()).isEmptyDirectory();
    }

    @Test
    void sourcesCountThoughNoListWasEverFetched() throws Exception {
        apt("""
                deb HERE/debian bookworm main contrib
                deb HERE/security bookworm-security main
                """, "");
        AptBase base = find();
        assertThat(sources(base))
                .containsExactly(
                        "HERE/debian bookworm", "HERE/debian bookworm-updates", "HERE/security bookworm-security");
        assertThat(base.suites().stream().map(AptBase.Suite::date))
                .containsExactly(JULY, now.minus(Duration.ofDays(2)), now.minus(Duration.ofDays(1)));
        assertThat(base.used("debian:bookworm").lists())
                .extracting(UsedBase.SignedList::suite)
                .containsExactly("bookworm", "bookworm-updates", "bookworm-security");
    }

    @Test
    void bothFormatsOfSourcesAreRead() throws Exception {
        apt("""
                # deb HERE/commented-out bookworm main
                deb-src HERE/sources-only bookworm main
                deb HERE/flat ./
                """, """
                Enabled: no
                Types: deb
                URIs: HERE/disabled
                Suites: bookworm bookworm-security
                Components: main

                Types: deb deb-src
                URIs: HERE/nothing-here HERE/debian
                Suites: bookworm bookworm-updates
                Components: contrib main
                Architectures: amd64
                Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

                X-Note: tabs and lists over several lines are allowed
                Types: deb
                URIs:
                 HERE/security
                Suites: bookworm-security
                Components: main
                """);
        assertThat(sources(find()))
                .containsExactly(
                        "HERE/debian bookworm", "HERE/debian bookworm-updates", "HERE/security bookworm-security");
        assertThat(archive.requests())
                .noneMatch(path -> path.matches("/(disabled|commented-out|sources-only|flat)/.*"));
    }

    @Test
    void optionsInBracketsAndListsOfMirrorsAreRead() throws Exception {
        Path mirrors = Files.writeString(
                directory.resolve("mirrors.list"),
                "# mirrors\n" + archive.address() + "/slow\tpriority:5\n" + archive.address()
                        + "/debian/\tpriority:1\n");
        apt(
                "deb [ arch=amd64 trusted=yes ] mirror+file:" + mirrors + " bookworm main\n"
                        + "deb [arch=amd64,i386 lang=none] HERE/security bookworm-security main\n",
                "");
        assertThat(sources(find()))
                .containsExactly(
                        "HERE/debian bookworm", "HERE/debian bookworm-updates", "HERE/security bookworm-security");
    }

    @Test
    void anArchiveHasMoreReleasesThanTheSourcesName() throws Exception {
        archive.suite("/debian", "trixie", now);
        archive.suite("/debian", "trixie-updates", now);
        archive.suite("/security", "trixie-security", now);
        archive.suite("/debian", "sid", now);
        apt("deb HERE/debian stable main\ndeb HERE/security stable-security main\n", "");
        assertThat(sources(find("debian:13", BuildOptions.USUAL)))
                .containsExactly("HERE/debian trixie", "HERE/debian trixie-updates", "HERE/security trixie-security");
        assertThat(sources(find("debian:sid", BuildOptions.USUAL))).containsExactly("HERE/debian sid");
    }

    @Test
    void archivesOfOthersWithTheSameSuiteArePassedOver() throws Exception {
        try (SignedArchive other = new SignedArchive(keys.resolve("o"))) {
            other.suite("/tools", "bookworm", now);
            archive.suite("/vendor/dists/bookworm/InRelease", "Vendor", "bookworm", now);
            apt(
                    "deb " + other.address() + "/tools bookworm main\ndeb HERE/vendor bookworm main\n"
                            + "deb HERE/debian bookworm main\ndeb HERE/security bookworm-security main\n",
                    "");
            assertThat(sources(find())).contains("HERE/debian bookworm");
        }
    }

    @Test
    void aBaseWithoutSecurityUpdatesIsMadeForThoseOnlyWhoAskForIt() throws Exception {
        apt("deb HERE/debian bookworm main\n", "");
        assertFault(
                Category.MISSING_ON_MACHINE,
                "apt's sources do not name an archive with the suite bookworm-security",
                "Add a source for bookworm-security to apt's sources");
        archive.suite("/debian-security", "bookworm-security", now);
        assertFault(
                Category.MISSING_ON_MACHINE,
                "bookworm-security",
                "Add to apt's sources: deb HERE/debian-security bookworm-security main, or pass --without-security");

        BuildOptions without = new BuildOptions(false, false, true, Network.OUTGOING, StepLimits.USUAL);
        AptBase base = find("debian:bookworm", without);
        assertThat(sources(base)).containsExactly("HERE/debian bookworm", "HERE/debian bookworm-updates");
        assertThat(base.definition()).contains("without security");
        assertThat(base.used("debian:bookworm").recipe()).contains("without security");
        assertThat(find("debian:bookworm", without)).isEqualTo(base);
        assertThatThrownBy(this::find)
                .as("what was pinned without is never taken for one with")
                .isInstanceOf(FaultException.class);
    }

    @Test
    void theEnvironmentNamesBothArchives() throws Exception {
        apt("deb HERE/nothing-here bookworm main\n", "");
        named("HERE/debian");
        assertFault(Category.WRONG_INPUT, "METAL_IMAGES_DEBIAN_ARCHIVE does not name", "after a space");
        named(" HERE/debian   HERE/security/ ");
        assertThat(sources(find()))
                .containsExactly(
                        "HERE/debian bookworm", "HERE/debian bookworm-updates", "HERE/security/ bookworm-security");
    }

    /** The address stands in sources.list of the image, and among the arguments of programs. */
    @Test
    void addressesWithPasswordsAreRefused() throws Exception {
        String secret = archive.address().replace("://", "://me:p@ss@");
        named("HERE/debian " + secret + "/security");
        assertFault(
                Category.WRONG_INPUT,
                "The address of HERE/security in METAL_IMAGES_DEBIAN_ARCHIVE has a user's name or password in it",
                "/etc/apt/auth.conf.d");
        environment.remove(Distributions.DEBIAN.archiveVariable());
        apt("deb " + secret + "/debian bookworm main\ndeb HERE/security bookworm-security main\n", "");
        assertFault(
                Category.MISSING_ON_MACHINE,
                "The address of HERE/debian in apt's sources has a user's name or password in it",
                "apt_auth.conf(5)");
        apt(
                "deb " + secret
                        + "/other noble main\ndeb HERE/debian bookworm main\ndeb HERE/security bookworm-security main\n",
                "");
        assertThat(sources(find())).as("other archives do not matter").hasSize(3);
    }

    @Test
    void passwordsThatWerePinnedBeforeAreForgotten() throws Exception {
        named("HERE/debian HERE/security");
        AptBase base = find();
        String pinned = base.definition().replace("://", "://me:pass@");
        assertThat(AptBase.parse(Distributions.DEBIAN, "bookworm", options(false), pinned))
                .isEmpty();
    }

    @Test
    void credentialsOfAptReachTheArchive() throws Exception {
        Host.assumeRoot("make bases");
        Host.assumeInstalled("mmdebstrap", "mmdebstrap");
        apt("deb HERE/debian bookworm main\ndeb HERE/security bookworm-security main\n", "");
        Files.writeString(
                Files.createDirectories(directory.resolve("apt/auth.conf.d")).resolve("archive.conf"),
                "machine " + archive.address() + " login me password pass\n");
        archive.requireUser("me", "pass");
        try {
            AptBase base = find();
            int requests = archive.served().size();
            assertThatThrownBy(() -> base.unpack(directory.resolve("root"), work.launcher(), line -> {}))
                    .as("there are no packages in this archive")
                    .isInstanceOf(FaultException.class);
            assertThat(archive.served().subList(requests, archive.served().size()))
                    .contains("/debian/dists/bookworm/InRelease", "/security/dists/bookworm-security/InRelease");
        } finally {
            archive.requireUser("", "");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/debian bookworm", "/debian bookworm-updates", "/security bookworm-security"})
    void aSuiteThatIsMissingIsNamed(String suite) throws Exception {
        named("HERE/debian HERE/security");
        String path = suite.replace(" ", "/dists/") + "/InRelease";
        archive.remove(path);
        assertFault(Category.REMOTE_FAULT, "Debian's archive lacks a file: HERE" + path, "archive");
    }

    @Test
    void aSuiteInPlaceOfAnotherIsRefused() throws Exception {
        archive.suite("/security/dists/bookworm-security/InRelease", "Debian", "bookworm", now);
        named("HERE/debian HERE/security");
        assertFault(Category.REMOTE_FAULT, "is not Debian's suite bookworm-security, but bookworm of Debian", "");
    }

    @Test
    void anArchiveThatIsNoLongerValidIsRefused() throws Exception {
        named("HERE/debian HERE/security");
        archive.suite(
                "/security",
                "bookworm-security",
                now.minus(Duration.ofDays(9)),
                "Valid-Until: " + SignedArchive.time(now.minus(Duration.ofDays(2))));
        assertFault(
                Category.REMOTE_FAULT,
                "Debian's archive is out of date: HERE/security/dists/bookworm-security/InRelease was valid until "
                        + now.minus(Duration.ofDays(2)),
                "clock");
        archive.suite(
                "/security",
                "bookworm-security",
                now.minus(Duration.ofDays(5)),
                "Valid-Until: " + SignedArchive.time(now.plus(Duration.ofDays(2))));
        assertThat(sources(find())).hasSize(3);
    }

    @Test
    void onlyWhatIsSignedIsRead() throws Exception {
        String expired = SignedArchive.time(now.minus(Duration.ofDays(2)));
        String signed = new String(
                archive.signed("Origin: Debian\nCodename: bookworm\nDate: " + SignedArchive.time(JULY)
                        + "\nValid-Until: " + expired + "\n"),
                StandardCharsets.UTF_8);
        archive.put(
                "/debian/dists/bookworm/InRelease",
                () -> (signed + "\nValid-Until: " + SignedArchive.time(now.plus(Duration.ofDays(9))))
                        .getBytes(StandardCharsets.UTF_8));
        named("HERE/debian HERE/security");
        assertThat(catchThrowableOfType(FaultException.class, this::find).category())
                .isEqualTo(Category.REMOTE_FAULT);
    }

    @Test
    void sourcesThatAptCannotReadAreToldInItsWords() throws Exception {
        apt("deb nonsense\n", "");
        assertFault(
                Category.MISSING_ON_MACHINE,
                "apt can't read its sources: Malformed entry 1",
                "Run apt-get update to see why");
        apt("deb HERE/ubuntu jammy main\n", "");
        assertFault(
                Category.MISSING_ON_MACHINE,
                "No archive of Debian is known: apt's sources on this machine name none, and METAL_IMAGES_DEBIAN_ARCHIVE is not"
                        + " set.",
                "add one below /etc/apt/sources.list.d");
    }

    @Test
    void anArchiveThatCannotBeReachedIsARemoteFault() throws Exception {
        int closedPort;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closedPort = socket.getLocalPort();
        }
        String address = "http://127.0.0.1:" + closedPort + "/debian";
        named(address + " " + address + "-security");
        assertFault(Category.REMOTE_FAULT, "can't be reached: " + address, "network");
    }

    @Test
    void anArchiveThatNobodySignedIsARemoteFault() throws Exception {
        archive.put(
                "/debian/dists/bookworm/InRelease",
                () -> "Origin: Debian\nSuite: bookworm\n".getBytes(StandardCharsets.UTF_8));
        named("HERE/debian HERE/security");
        assertFault(Category.REMOTE_FAULT, "signature of Debian's archive is wrong", "");
    }

    @Test
    void aBaseStaysAsItWasUntilItIsRefreshed() throws Exception {
        named("HERE/debian HERE/security");
        AptBase first = find();
        Digest newer = archive.suite("/security", "bookworm-security", now);
        assertThat(find()).isEqualTo(first);
        assertThat(find("debian:bookworm", new BuildOptions(false, true, false, Network.OUTGOING, StepLimits.USUAL))
                        .suites()
                        .getLast()
                        .content())
                .isEqualTo(newer);
    }

    @Test
    void aPinnedBaseThatIsDamagedIsPinnedAnew() throws Exception {
        named("HERE/debian HERE/security");
        AptBase base = find();
        Path pinned;
        try (Stream<Path> files = Files.list(state.bases())) {
            pinned = files.findFirst().orElseThrow();
        }
        byte[] whole = Files.readAllBytes(pinned);
        for (int length = 0; length < whole.length; length++) {
            byte[] half = new byte[length];
            System.arraycopy(whole, 0, half, 0, length);
            assertThat(AptBase.parse(
                            Distributions.DEBIAN, "bookworm", options(false), new String(half, StandardCharsets.UTF_8)))
                    .as("the first " + length + " bytes")
                    .isEmpty();
        }
        for (byte[] damage : List.of(
                new byte[0], new byte[] {(byte) 0xFF, (byte) 0xFE}, "debian".getBytes(StandardCharsets.UTF_8))) {
            Files.write(pinned, damage);
            assertThat(find()).isEqualTo(base);
            assertThat(pinned).hasBinaryContent(whole);
        }
    }

    @Test
    void onlyReleasesOfTheDistributionsAreBootstrapped() throws Exception {
        Bases bases = bases(BuildOptions.USUAL);
        assertThat(bases.find("alpine:3")).isEmpty();
        assertThat(bases.find("debian:jessie")).isEmpty();
        assertThat(bases.find("debian")).isEmpty();
        assertThat(bases.find("localhost:5000/debian:12")).isEmpty();
        assertThat(bases.find("Debian:12")).isEmpty();
        assertThat(bases.find("ubuntu:bookworm")).isEmpty();
        assertThat(bases.find("debian:jammy")).isEmpty();
        assertThat(bases.find("docker.io/library/debian:bookworm")).isEmpty();
        assertThat(bases.find("debian:bookworm@sha256:" + "0".repeat(64))).isEmpty();
    }

    private void ubuntu(String path, String suite, String codename) throws Exception {
        archive.put(path + "/dists/" + suite + "/InRelease", archive.signedSuite("Ubuntu", suite, codename, now));
    }

    /** In Ubuntu's archive all suites of a release have one code name, and security updates lie beside the others. */
    @ParameterizedTest
    @ValueSource(strings = {"ubuntu:22.04", "ubuntu:jammy"})
    void aReleaseOfUbuntuHasItsSecurityUpdatesInTheSameArchive(String image) throws Exception {
        for (String suite : List.of("jammy", "jammy-updates", "jammy-security")) {
            ubuntu("/ubuntu", suite, "jammy");
        }
        apt("deb HERE/debian bookworm main\n", "");
        environment.put("METAL_IMAGES_UBUNTU_ARCHIVE", archive.address() + "/ubuntu");
        AptBase base = find(image, BuildOptions.USUAL);
        assertThat(sources(base))
                .containsExactly("HERE/ubuntu jammy", "HERE/ubuntu jammy-updates", "HERE/ubuntu jammy-security");
        assertThat(base.used(image).recipe()).startsWith("ubuntu jammy");
        assertThat(find(image, BuildOptions.USUAL)).isEqualTo(base);

        ubuntu("/security", "jammy-security", "jammy");
        environment.put(
                "METAL_IMAGES_UBUNTU_ARCHIVE", archive.address() + "/ubuntu " + archive.address() + "/security");
        assertThat(sources(find(image, BuildOptions.USUAL))).endsWith("HERE/security jammy-security");
    }

    @Test
    void aStandInIsKnownByItsSignedListsAlsoOnceItIsPinned() throws Exception {
        for (String suite : List.of("jammy", "jammy-updates", "jammy-security")) {
            byte[] signed = archive.signed("Origin: Ubuntu\nSuite: " + suite + "\nCodename: jammy\nDate: "
                    + SignedArchive.time(now) + "\nStand-In: Debian bookworm\n");
            archive.put("/ubuntu/dists/" + suite + "/InRelease", () -> signed);
        }
        environment.put("METAL_IMAGES_UBUNTU_ARCHIVE", archive.address() + "/ubuntu");
        for (int time = 0; time < 2; time++) {
            UsedBase used = find("ubuntu:22.04", BuildOptions.USUAL).used("ubuntu:22.04");
            assertThat(used.standIn()).contains("Debian bookworm");
            assertThat(used.namedByEnvironment()).isTrue();
        }
        named("HERE/debian HERE/security");
        assertThat(find().used("debian:bookworm").standIn()).isEmpty();
    }

    @Test
    void aMachineOfUbuntuKnowsUbuntusArchive() throws Exception {
        for (String suite : List.of("noble", "noble-updates", "noble-security")) {
            ubuntu("/ubuntu", suite, "noble");
        }
        apt("", """
                Types: deb
                URIs: HERE/ubuntu/
                Suites: noble noble-updates noble-backports
                Components: main universe restricted multiverse
                """);
        assertThat(sources(find("ubuntu:24.04", BuildOptions.USUAL)))
                .containsExactly("HERE/ubuntu noble", "HERE/ubuntu noble-updates", "HERE/ubuntu noble-security");
    }

    @Test
    void aSuiteOfAnotherReleaseOfUbuntuIsRefused() throws Exception {
        archive.put("/ubuntu/dists/jammy/InRelease", archive.signedSuite("Ubuntu", "noble", "noble", now));
        environment.put("METAL_IMAGES_UBUNTU_ARCHIVE", archive.address() + "/ubuntu");
        assertThatThrownBy(() -> find("ubuntu:22.04", BuildOptions.USUAL))
                .hasMessageContaining("is not Ubuntu's suite jammy, but noble of Ubuntu");
    }

    @Test
    void aMachineThatKnowsNoArchiveOfUbuntuSaysSoInOneSentence() throws Exception {
        apt("deb HERE/debian bookworm main\n", "");
        assertThatThrownBy(() -> find("ubuntu:22.04", BuildOptions.USUAL))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(Category.MISSING_ON_MACHINE);
                    assertThat(fault)
                            .hasMessage("No archive of Ubuntu is known: apt's sources on this machine name none, and"
                                    + " METAL_IMAGES_UBUNTU_ARCHIVE is not set.");
                    assertThat(fault.remedy().orElseThrow())
                            .startsWith("Set METAL_IMAGES_UBUNTU_ARCHIVE to the URL of Ubuntu's archive");
                });
    }

    @Test
    void keysThatAreNotThereAreNamedWithWhatBringsThem() throws Exception {
        environment.put("METAL_IMAGES_UBUNTU_ARCHIVE", archive.address() + "/ubuntu");
        ubuntu("/ubuntu", "jammy", "jammy");
        environment.put("METAL_IMAGES_UBUNTU_KEYRING", "/nowhere/keys.gpg");
        assertThatThrownBy(() -> find("ubuntu:22.04", BuildOptions.USUAL))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(Category.WRONG_INPUT);
                    assertThat(fault)
                            .hasMessage("METAL_IMAGES_UBUNTU_KEYRING names /nowhere/keys.gpg, which is no file.");
                });
        AptDistribution absent = new AptDistribution(
                "ubuntu",
                "Ubuntu",
                Map.of("22.04", "jammy"),
                List.of(),
                List.of(),
                Distributions.UBUNTU.layout(),
                List.of("main"),
                new AptDistribution.Keyring(List.of(Path.of("/nowhere/usual.gpg")), "ubuntu-keyring"));
        assertThatThrownBy(() -> absent.keys(new BaseOptions(false, Map.of())))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(Category.MISSING_ON_MACHINE);
                    assertThat(fault)
                            .hasMessage(
                                    "This machine does not have the keys of Ubuntu's archive (/nowhere/usual.gpg).");
                    assertThat(fault.remedy().orElseThrow())
                            .contains("apt-get install ubuntu-keyring", "METAL_IMAGES_UBUNTU_KEYRING");
                });
    }
}
